package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"example.org/odooharness/experiment/file"
)

// Drivers of faults.
const (
	Local     = "local"      // processes and proxies of this machine
	ChaosMesh = "chaos-mesh" // pods of a Kubernetes cluster
)

// LoadKubernetes reads a setup file on Kubernetes. The credentials of its tenants are
// not required, since nobody logs in.
func LoadKubernetes(path string) (Setup, error) {
	s, doc, err := readSetup(path)
	if err != nil {
		return s, err
	}
	if !s.OnKubernetes() {
		return s, doc.Problem("chaos.driver", "the setup is not on Kubernetes", "write driver: "+ChaosMesh)
	}
	var problems file.Problems
	s.checkKubernetes(func(field, what, remedy string) { problems = append(problems, doc.Problem(field, what, remedy)) })
	return s, problems.Err()
}

// OnKubernetes reports whether the setup's components are pods.
func (s *Setup) OnKubernetes() bool { return s.Chaos != nil && s.Chaos.Driver == ChaosMesh }

// checkKubernetes verifies what a schema cannot express about a setup on Kubernetes.
func (s *Setup) checkKubernetes(add addProblem) {
	if !s.OnKubernetes() {
		return
	}
	if s.Chaos.Namespace == "" {
		add("chaos", "faults need a namespace to be created in", "add namespace: odoo-lab")
	}
	if IsProduction(s.Chaos.Context) && s.AllowProduction != s.Name {
		add("chaos.context", "the context "+s.Chaos.Context+" is production by its name",
			"test a staging copy; if it is really meant, write allowProduction: "+s.Name)
	}
	for _, n := range s.AllowedNamespaces() {
		if IsProduction(n) && s.AllowProduction != s.Name {
			add("chaos.namespaces", "the namespace "+n+" is production by its name",
				"test a staging copy; if it is really meant, write allowProduction: "+s.Name)
		}
	}
	for i, c := range s.Components {
		at := fmt.Sprintf("components.%d", i)
		if len(c.Labels) == 0 {
			add(at, "a component on Kubernetes is known by its pods' labels", "add labels: {app.kubernetes.io/name: "+string(c.Kind)+"}")
		}
		for _, n := range c.Namespaces {
			if !slices.Contains(s.AllowedNamespaces(), n) {
				add(at+".namespaces", "the namespace "+n+" is not among chaos.namespaces", "add it there")
			}
		}
		if c.Proxy != nil || c.PIDFile != "" {
			add(at, "proxy and pidFile are of components on this machine", "leave them out: Chaos Mesh hits the pods")
		}
	}
}

// AllowedNamespaces lists the namespaces whose pods may be hit.
func (s *Setup) AllowedNamespaces() []string {
	if len(s.Chaos.Namespaces) > 0 {
		return s.Chaos.Namespaces
	}
	return []string{s.Chaos.Namespace}
}

// productionName finds a word for production in a name: letters around it make it another
// word, e.g. reproduction or alive.
var productionName = regexp.MustCompile(`(^|[^a-z])(prod|production|productive|prd|live)($|[^a-z])`)

// IsProduction reports whether a name of a namespace or of a context contains the word production.
func IsProduction(name string) bool { return productionName.MatchString(strings.ToLower(name)) }
