package spec

import (
	"strings"
	"testing"

	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/results"
)

const odooSetup = `name: shared
tenancy: shared
environment: lab
lab: {kind: odoo, workers: 4}
tenants: [{name: t1}, {name: t2}]
`

// onOdoo is an experiment on a real Odoo, with lab options behind its own.
func onOdoo(options, remedies string) map[string]string {
	return map[string]string{"setup.yaml": strings.Replace(odooSetup, "workers: 4", "workers: 4"+options, 1), "day.js": "",
		"experiment.yaml": `name: doors
hypothesis: it carries
setups: [setup.yaml]
tenants: {t1: abiding, t2: disruptive}
scenarios: [{name: day, script: day.js, duration: 30s}]
` + remedies}
}

// The ingress of a setup, of a remedy and of the command line ends up in the description that
// the manifest has. A setup with another ingress has another digest.
func TestIngress(t *testing.T) {
	path := write(t, onOdoo("", "remedies: [{name: traefik, about: another door, lab: {ingress: traefik}}]\n"))
	load := func() *Experiment {
		e, err := Load(path, manifest.Parse)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	described := func(e *Experiment) string {
		var all []string
		for i := range e.Setups {
			all = append(all, string(e.Setups[i].Describe(nil).Ingress))
		}
		return strings.Join(all, " ")
	}
	file := load()
	if got := described(file); got != "nginx traefik" {
		t.Errorf("as written: %s", got)
	}
	for name, same := range map[results.Ingress]bool{results.IngressNginx: true, results.IngressTraefik: false} {
		e := load()
		if err := e.SetIngress(name); err != nil {
			t.Fatal(err)
		}
		if got, want := described(e), string(name+" "+name); got != want {
			t.Errorf("%s: %s", name, got)
		}
		if got := e.Setups[0].Input.SHA256 == file.Setups[0].Input.SHA256; got != same {
			t.Errorf("%s: the digest of the nginx setup is the same: %t", name, got)
		}
	}
}

func TestIngressProblems(t *testing.T) {
	limits := ", importWorkers: 1, limits: {t2: {requestsAtOnce: 2}, t1: {connections: 3}}"
	twice := "setup.yaml:4: lab.limits.t2: Traefik counts each of a tenant's routes on its own"
	t.Setenv("HARNESS_TEST", "postgres://postgres@127.0.0.1/postgres")
	external := onOdoo("", "")
	external["setup.yaml"] = `name: shared
tenancy: shared
environment: staging
tenants:
  - {name: t1, url: "http://127.0.0.1:18080", host: t1.example, database: t1, logins: [load01], passwordEnv: HARNESS_TEST}
  - {name: t2, url: "http://127.0.0.1:18080", host: t2.example, database: t2, logins: [load01], passwordEnv: HARNESS_TEST}
components: [{name: postgres, kind: postgres, dsnEnv: HARNESS_TEST}]
`
	for name, c := range map[string]struct {
		files map[string]string
		set   results.Ingress
		want  string
	}{
		"limits in the file":    {onOdoo(limits+", ingress: traefik", ""), "", twice},
		"limits and the flag":   {onOdoo(limits, ""), results.IngressTraefik, twice},
		"limits, no imports":    {onOdoo(", ingress: traefik, limits: {t2: {requestsAtOnce: 2}}", ""), "", ""},
		"connections":           {onOdoo(", ingress: traefik, importWorkers: 1, limits: {t2: {connections: 2}}", ""), "", ""},
		"another program":       {onOdoo(", ingress: caddy", ""), "", "lab.ingress: "},
		"no lab":                {external, results.IngressTraefik, "--ingress traefik: setup shared is no lab, the harness cannot change it"},
		"another by the flag":   {onOdoo("", ""), "caddy", "--ingress caddy: write nginx or traefik"},
		"the embedded target":   {withRemedies("  - {name: a, about: x, lab: {ingress: nginx}}\n"), "", "lab.ingress: the embedded target has an ingress of its own"},
		"embedded, by the flag": {withRemedies("  - {name: a, about: x, lab: {workers: 2}}\n"), results.IngressTraefik, "lab.ingress: the embedded target has"},
	} {
		e, err := Load(write(t, c.files), manifest.Parse)
		if err == nil && c.set != "" {
			err = e.SetIngress(c.set)
		}
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
