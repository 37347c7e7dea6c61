package spec

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// ingress is the program in front of a real Odoo, empty for the embedded target.
func (l *LabTarget) ingress() results.Ingress {
	if l.Kind != results.LabOdoo {
		return ""
	}
	return cmp.Or(l.Ingress, results.IngressNginx)
}

// checkIngress refuses what an ingress cannot do. at is where the ingress was named.
func (l *LabTarget) checkIngress(at string, add addProblem) {
	if l.Ingress != "" && l.Kind != results.LabOdoo {
		add(at, "the embedded target has an ingress of its own", "write kind: odoo, or remove it")
		return
	}
	if l.Ingress != results.IngressTraefik || l.ImportWorkers == 0 {
		return
	}
	for _, tenant := range slices.Sorted(maps.Keys(l.Limits)) {
		if limit := l.Limits[tenant]; limit.RequestsPerSecond > 0 || limit.RequestsAtOnce > 0 {
			add("lab.limits."+tenant, "Traefik counts each of a tenant's routes on its own, so that with importWorkers the tenant "+
				"would have its limit twice", "remove importWorkers, requestsPerSecond and requestsAtOnce, or write ingress: nginx")
		}
	}
}

// SetIngress sets the ingress of every lab, in place of the one in the setup file. Setups whose
// ingress changes get a digest of their own: earlier runs with the other one are of another setup.
func (e *Experiment) SetIngress(name results.Ingress) error {
	if !slices.Contains(results.Ingresses(), name) {
		return fmt.Errorf("--ingress %s: write nginx or traefik", name)
	}
	var problems file.Problems
	for i := range e.Setups {
		s := &e.Setups[i]
		if s.Lab == nil {
			return fmt.Errorf("--ingress %s: setup %s is no lab, the harness cannot change it: write setups of the real Odoo lab alone",
				name, s.Name)
		}
		before := s.Lab.ingress()
		s.Lab.Ingress = name
		s.Lab.checkIngress("lab.ingress", func(field, what, remedy string) {
			problems = append(problems, s.Problem(field, what, remedy))
		})
		if before != name {
			sum := sha256.Sum256([]byte(s.Input.SHA256 + " ingress " + string(name)))
			s.Input.SHA256 = hex.EncodeToString(sum[:])
		}
	}
	return problems.Err()
}
