package spec

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// checkNames verifies that every name of the setup refers to something, and that no name
// is there twice.
func (s *Setup) checkNames(add addProblem) {
	tenants := map[string]bool{}
	for i, t := range s.Tenants {
		if tenants[t.Name] {
			add(fmt.Sprintf("tenants.%d", i), "tenant "+t.Name+" is listed twice", "remove one of the two")
		}
		tenants[t.Name] = true
	}
	components := map[string]bool{}
	for i, c := range s.Components {
		at := fmt.Sprintf("components.%d", i)
		if components[c.Name] {
			add(at+".name", "component "+c.Name+" is listed twice", "give each component a name of its own")
		}
		components[c.Name] = true
		for _, name := range c.Tenants {
			if !tenants[name] {
				add(at+".tenants", "there is no tenant "+name, "tenants: lists "+file.Known(tenants))
			}
		}
	}
	if s.AllowProduction != "" && s.AllowProduction != s.Name {
		add("allowProduction", "this setup is "+s.Name+", not "+s.AllowProduction,
			"write allowProduction: "+s.Name+", or remove it")
	}
	if s.Lab != nil {
		if len(s.Lab.Strategic) > 0 && s.Tenancy != results.Hybrid {
			add("lab.strategic", "is read with tenancy: hybrid only", "remove it, or write tenancy: hybrid")
		}
		for _, name := range slices.Sorted(maps.Keys(s.Lab.Limits)) {
			if !tenants[name] {
				add("lab.limits."+name, "there is no tenant "+name, "tenants: lists "+file.Known(tenants))
			}
		}
		for _, name := range s.Lab.Strategic {
			if !tenants[name] {
				add("lab.strategic", "there is no tenant "+name, "tenants: lists "+file.Known(tenants))
			}
		}
		return
	}
	s.checkAllowed(components, add)
}

// checkAllowed verifies that each entry of chaos.allow names a component, or several by
// a pattern.
func (s *Setup) checkAllowed(components map[string]bool, add addProblem) {
	if s.Chaos == nil {
		return
	}
	for i, pattern := range s.Chaos.Allow {
		found := pattern == "*"
		for name := range components {
			match, err := filepath.Match(pattern, name)
			found = found || pattern == name || err == nil && match
		}
		if !found {
			add(fmt.Sprintf("chaos.allow.%d", i), "there is no component "+pattern, "components: lists "+file.Known(components))
		}
	}
}

// readBy is which kinds of components have a use for a field. The others would drop it
// in silence.
func readBy() []struct {
	field string
	value func(ComponentEntry) bool
	kinds []results.Kind
} {
	return []struct {
		field string
		value func(ComponentEntry) bool
		kinds []results.Kind
	}{
		{"dsnEnv", func(c ComponentEntry) bool { return c.DSNEnv != "" }, []results.Kind{results.KindPostgres}},
		{"urlEnv", func(c ComponentEntry) bool { return c.URLEnv != "" }, []results.Kind{
			results.KindRedis, results.KindIngress, results.KindCarrier,
		}},
		{"metricsURL", func(c ComponentEntry) bool { return c.MetricsURL != "" }, []results.Kind{
			results.KindIngress, results.KindCarrier,
		}},
		{"log", func(c ComponentEntry) bool { return c.Log != "" }, []results.Kind{results.KindIngress, results.KindOdoo}},
		{"secret", func(c ComponentEntry) bool { return c.Secret != nil }, []results.Kind{results.KindPostgres, results.KindRedis}},
	}
}

// checkUse refuses fields that the setup's kind, or the kind of a component, does not
// read.
func (s *Setup) checkUse(add addProblem) {
	for i, c := range s.Components {
		at := fmt.Sprintf("components.%d", i)
		for _, f := range readBy() {
			if f.value(c) && !slices.Contains(f.kinds, c.Kind) {
				add(at+"."+f.field, "is not read of a component of kind "+string(c.Kind), "remove it; it is for "+joinKinds(f.kinds))
			}
		}
		isSet(at+".dsnEnv", c.DSNEnv, add)
		isSet(at+".urlEnv", c.URLEnv, add)
		if s.OnKubernetes() {
			continue
		}
		if c.Secret != nil {
			add(at+".secret", "is read with driver: "+ChaosMesh+" only", "name an environment variable: dsnEnv or urlEnv")
		}
		if len(c.Namespaces) > 0 {
			add(at+".namespaces", "is read with driver: "+ChaosMesh+" only", "remove it")
		}
	}
	for i, t := range s.Tenants {
		at := fmt.Sprintf("tenants.%d", i)
		switch {
		case s.Lab != nil && !t.plain():
			add(at, "the lab makes this tenant, and only its name is read", "write - {name: "+t.Name+"}")
		case t.Secret != nil && !s.OnKubernetes():
			add(at+".secret", "is read with driver: "+ChaosMesh+" only", "name an environment variable: dsnEnv")
		}
	}
	s.checkScope(add)
	if s.Prometheus != nil {
		isSet("prometheus.urlEnv", s.Prometheus.URLEnv, add)
		seen := map[string]bool{}
		for i, q := range s.Prometheus.Queries {
			if seen[q.Name] {
				add(fmt.Sprintf("prometheus.queries.%d.name", i), "query "+q.Name+" is listed twice", "give each query a name of its own")
			}
			seen[q.Name] = true
		}
	}
}

// checkScope refuses fields of chaos that only the driver chaos-mesh reads.
func (s *Setup) checkScope(add addProblem) {
	if s.Chaos == nil || s.OnKubernetes() {
		return
	}
	for _, f := range []struct{ field, value string }{
		{"kubeconfig", s.Chaos.Kubeconfig}, {"context", s.Chaos.Context}, {"namespace", s.Chaos.Namespace},
		{"namespaces", strings.Join(s.Chaos.Namespaces, " ")}, {"reach", s.Chaos.Reach}, {"meshNamespace", s.Chaos.MeshNamespace},
	} {
		if f.value != "" {
			add("chaos."+f.field, "is read with driver: "+ChaosMesh+" only", "remove it, or write driver: "+ChaosMesh)
		}
	}
	if s.Chaos.MaxPods > 0 {
		add("chaos.maxPods", "is read with driver: "+ChaosMesh+" only", "remove it, or write driver: "+ChaosMesh)
	}
}

// plain reports whether an entry has nothing but its name.
func (t TenantAccess) plain() bool {
	return t.URL == "" && t.Host == "" && t.Database == "" && len(t.Logins) == 0 && t.PasswordEnv == "" &&
		t.PasswordFile == "" && t.APIKeyEnv == "" && t.APIKeyFile == "" && t.CAFile == "" && !t.Insecure &&
		t.DSNEnv == "" && t.Secret == nil
}

// variableName is what the name of an environment variable can be.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// isSet verifies that an environment variable which a field names is set. A text that
// cannot be its name is not shown: somebody wrote the credential itself.
func isSet(field, variable string, add addProblem) {
	if variable != "" && !variableName.MatchString(variable) {
		add(field, "is no name of an environment variable (not shown, it may be a credential)",
			"write the name of a variable that holds it, e.g. ODOO_PASSWORD")
	} else if variable != "" && os.Getenv(variable) == "" {
		add(field, "the environment variable "+variable+" is not set", "export it; its value is never stored")
	}
}

// isFile verifies that a file which a field names can be read.
func isFile(field, path string, add addProblem) {
	if path == "" {
		return
	}
	if f, err := os.Open(path); err != nil {
		add(field, "the file "+path+" cannot be read", "check the path; it is absolute or relative to the current folder")
	} else if err := f.Close(); err != nil {
		add(field, err.Error(), "check the file")
	}
}

// joinKinds lists kinds for a remedy.
func joinKinds(kinds []results.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// checkLogins verifies that each login has a credential, and that all have one of the same
// sort: they log in the same way.
func (t TenantAccess) checkLogins(at string, add addProblem) {
	common := t.PasswordEnv != "" || t.PasswordFile != "" || t.APIKeyEnv != "" || t.APIKeyFile != ""
	keys := 0
	seen := map[string]bool{}
	for i, l := range t.Logins {
		field := fmt.Sprintf("%s.logins.%d", at, i)
		if seen[l.Name] {
			add(field, "login "+l.Name+" is listed twice", "remove one of the two")
		}
		seen[l.Name] = true
		if !common && !l.HasPassword() && !l.HasKey() {
			add(field, "no credential of "+l.Name+" is named",
				"add passwordEnv, passwordFile, apiKeyEnv or apiKeyFile to the tenant, "+
					"or to the login: {login: "+l.Name+", passwordEnv: VARIABLE}")
		}
		if l.HasKey() {
			keys++
		}
		isSet(field+".passwordEnv", l.PasswordEnv, add)
		isSet(field+".apiKeyEnv", l.APIKeyEnv, add)
		isFile(field+".passwordFile", l.PasswordFile, add)
		isFile(field+".apiKeyFile", l.APIKeyFile, add)
	}
	if keys > 0 && keys < len(t.Logins) {
		add(at+".logins", fmt.Sprintf("%d of %d logins have an API key", keys, len(t.Logins)), "give every login one, or none")
	}
	if keys > 0 && (t.APIKeyEnv != "" || t.APIKeyFile != "") {
		add(at+".apiKeyEnv", "the logins have API keys, too", "remove it")
	}
}
