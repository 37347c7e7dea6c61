package experiment

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"example.org/odooharness/results"
)

// Setup is an architecture under test, as its file describes it.
type Setup struct {
	Path            string           `yaml:"-"`
	Name            string           `yaml:"name"`
	Tenancy         string           `yaml:"tenancy"` // shared, dedicated, hybrid
	Environment     string           `yaml:"environment"`
	AllowProduction string           `yaml:"allowProduction"`
	Lab             *LabTarget       `yaml:"lab"`
	Tenants         []TenantAccess   `yaml:"tenants"`
	Components      []ComponentEntry `yaml:"components"`
	Prometheus      *PrometheusEntry `yaml:"prometheus"`
	Chaos           *ChaosScope      `yaml:"chaos"`
	Cost            *Cost            `yaml:"cost"`
}

// LabTarget is a target that the harness brings up itself.
type LabTarget struct {
	Kind           string   `yaml:"kind"` // odoo, embedded
	Workers        int      `yaml:"workers"`
	CPU            float64  `yaml:"cpu"`
	Strategic      []string `yaml:"strategic"`
	Instances      int      `yaml:"instances"`
	Standby        bool     `yaml:"standby"`
	Synchronous    bool     `yaml:"synchronous"`
	ReadReplica    bool     `yaml:"readReplica"`
	Archive        bool     `yaml:"archive"`
	Notices        bool     `yaml:"notices"`
	WALDisk        Bytes    `yaml:"walDisk"`
	GatewayTimeout Duration `yaml:"gatewayTimeout"`
	Weaknesses     []string `yaml:"weaknesses"`
}

// leastWALDisk holds the log between two checkpoints, and what lies ready.
const leastWALDisk = 192 << 20

// TenantAccess says how a tenant is reached. Credentials are named, not written.
type TenantAccess struct {
	Name         string   `yaml:"name"`
	URL          string   `yaml:"url"`
	Host         string   `yaml:"host"`
	Database     string   `yaml:"database"`
	Logins       []string `yaml:"logins"`
	PasswordEnv  string   `yaml:"passwordEnv"`
	PasswordFile string   `yaml:"passwordFile"`
	APIKeyEnv    string   `yaml:"apiKeyEnv"`
	APIKeyFile   string   `yaml:"apiKeyFile"`
	DSNEnv       string   `yaml:"dsnEnv"`
	// Secret is where its database's DSN is, on Kubernetes.
	Secret *SecretRef `yaml:"secret"`
}

// ComponentEntry is a part of an external setup.
type ComponentEntry struct {
	Name       string            `yaml:"name"`
	Kind       string            `yaml:"kind"`
	Labels     map[string]string `yaml:"labels"`
	Tenants    []string          `yaml:"tenants"`
	Address    string            `yaml:"address"`
	DSNEnv     string            `yaml:"dsnEnv"`
	URLEnv     string            `yaml:"urlEnv"`
	Log        string            `yaml:"log"`
	MetricsURL string            `yaml:"metricsURL"`
	PIDFile    string            `yaml:"pidFile"`
	Namespaces []string          `yaml:"namespaces"` // on Kubernetes: where its pods are
	Secret     *SecretRef        `yaml:"secret"`     // on Kubernetes: its DSN or redis URL
	Proxy      *struct {
		Listen   string `yaml:"listen"`
		Upstream string `yaml:"upstream"`
	} `yaml:"proxy"`
}

// ChaosScope says what may be touched, and by what.
type ChaosScope struct {
	Driver string   `yaml:"driver"` // local, chaos-mesh
	Allow  []string `yaml:"allow"`

	// Of a setup on Kubernetes, driver chaos-mesh:
	Kubeconfig    string   `yaml:"kubeconfig"`
	Context       string   `yaml:"context"`
	Namespace     string   `yaml:"namespace"`
	Namespaces    []string `yaml:"namespaces"`
	MaxPods       int      `yaml:"maxPods"`
	Reach         string   `yaml:"reach"` // network, port-forward, service-ip
	MeshNamespace string   `yaml:"meshNamespace"`
}

// SecretRef names a value in a Secret of a cluster.
type SecretRef struct {
	Namespace string `yaml:"namespace"`
	Name      string `yaml:"name"`
	Key       string `yaml:"key"`
}

// Cost is what the setup costs while it runs.
type Cost struct {
	Currency string  `yaml:"currency"`
	PerHour  float64 `yaml:"perHour"`
}

func loadSetup(path string, inputs *[]results.Input) (Setup, error) {
	s := Setup{Path: path}
	doc, err := readDocument(path, "setup", inputs)
	if err != nil {
		return s, err
	}
	if err := doc.decode(&s); err != nil {
		return s, err
	}
	return s, s.check(doc).Err()
}

// check holds what a schema cannot: production, credentials, names that must
// agree.
func (s *Setup) check(doc *document) Problems {
	var problems Problems
	add := func(path []string, what, remedy string) {
		problems = append(problems, Problem{File: s.Path, Line: doc.line(path), Field: join(path), What: what, Remedy: remedy})
	}
	if s.Environment == "production" && s.AllowProduction != s.Name {
		add([]string{"environment"}, "this setup is production, and load and faults on production are refused",
			"test a staging copy; if it is really meant, write allowProduction: "+s.Name)
	}
	names := map[string]bool{}
	for i, t := range s.Tenants {
		at := []string{"tenants", itoa(i)}
		if names[t.Name] {
			add(at, "tenant "+t.Name+" is listed twice", "")
		}
		names[t.Name] = true
		if s.Lab == nil {
			s.checkAccess(t, at, add)
		}
	}
	for i, c := range s.Components {
		for _, name := range c.Tenants {
			if !names[name] {
				add([]string{"components", itoa(i), "tenants"}, "there is no tenant "+name, "tenants: lists "+known(names))
			}
		}
	}
	if s.Lab != nil && (s.Lab.Synchronous || s.Lab.ReadReplica) && !s.Lab.Standby {
		add([]string{"lab"}, "synchronous and readReplica need a standby", "add standby: true")
	}
	if s.Lab != nil && s.Lab.Kind == "embedded" &&
		(s.Lab.Instances > 1 || s.Lab.Standby || s.Lab.Archive || s.Lab.Notices || s.Lab.WALDisk > 0) {
		add([]string{"lab"}, "instances, standby, archive, notices and walDisk are of the real Odoo lab", "write kind: odoo")
	}
	if s.Lab != nil && s.Lab.WALDisk > 0 && s.Lab.WALDisk < leastWALDisk {
		add([]string{"lab", "walDisk"}, "PostgreSQL needs more room for its log", "write at least 192Mi")
	}
	s.checkKubernetes(add)
	if s.Tenancy == "hybrid" && s.Lab != nil && len(s.Lab.Strategic) == 0 {
		add([]string{"lab"}, "a hybrid lab needs strategic tenants", "strategic: [t1]")
	}
	return problems
}

func (s *Setup) checkAccess(t TenantAccess, at []string, add func(path []string, what, remedy string)) {
	if t.URL == "" || t.Database == "" || len(t.Logins) == 0 {
		add(at, "a tenant outside a lab needs url, database and logins", "add them")
	}
	if t.PasswordEnv == "" && t.PasswordFile == "" && t.APIKeyEnv == "" && t.APIKeyFile == "" {
		add(at, "no credential is named", "add passwordEnv, passwordFile, apiKeyEnv or apiKeyFile")
	}
	for field, name := range map[string]string{"passwordEnv": t.PasswordEnv, "apiKeyEnv": t.APIKeyEnv, "dsnEnv": t.DSNEnv} {
		if name != "" && os.Getenv(name) == "" {
			add(append(at, field), "the environment variable "+name+" is not set", "export it, its value is never stored")
		}
	}
}

// credential reads a secret from its environment variable or its file.
func credential(env, path string) (string, error) {
	if env != "" {
		return os.Getenv(env), nil
	}
	if path == "" {
		return "", nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read credential: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// describe gives the setup as the manifest of a run names it.
func (s *Setup) describe(roles map[string]string) results.Setup {
	r := results.Setup{Name: s.Name, Tenancy: results.Tenancy(s.Tenancy), Environment: s.Environment, Target: "external"}
	if s.onKubernetes() {
		r.Target = "kubernetes"
	}
	if s.Lab != nil {
		r.Target, r.Workers, r.CPU = "lab-"+s.Lab.Kind, s.Lab.Workers, s.Lab.CPU
		r.Weaknesses = s.Lab.Weaknesses
	}
	for _, t := range s.Tenants {
		r.Tenants = append(r.Tenants, results.Tenant{Name: t.Name, Role: results.Role(roles[t.Name])})
	}
	if s.Cost != nil {
		r.Currency, r.CostPerHour = s.Cost.Currency, s.Cost.PerHour
	}
	return r
}

// allows says whether the setup file lets faults touch a component.
func (s *Setup) allows(component string) bool {
	if s.Chaos == nil {
		return s.Lab != nil // a lab is ours as a whole
	}
	for _, pattern := range s.Chaos.Allow {
		if ok, err := filepath.Match(pattern, component); pattern == "*" || pattern == component || (err == nil && ok) {
			return true
		}
	}
	return false
}

// gatewayTimeout is the lab's ingress timeout, 15 s when the file gives none.
func (l *LabTarget) gatewayTimeout() time.Duration {
	return orElse(time.Duration(l.GatewayTimeout), 15*time.Second)
}
