package spec

import (
	"path/filepath"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// Setup is an architecture under test, as its file describes it.
type Setup struct {
	Path            string           `yaml:"-"`
	Input           results.Input    `yaml:"-"` // the file with its digest
	Faults          []chaos.Manifest `yaml:"-"` // of the experiment on it, while it is used; permissions depend on them
	Run             string           `yaml:"-"` // the run that uses it now, as marks of faults name it
	Name            string           `yaml:"name"`
	Tenancy         results.Tenancy  `yaml:"tenancy"`
	Environment     string           `yaml:"environment"`
	AllowProduction string           `yaml:"allowProduction"`
	Lab             *LabTarget       `yaml:"lab"`
	Tenants         []TenantAccess   `yaml:"tenants"`
	Components      []ComponentEntry `yaml:"components"`
	Prometheus      *PrometheusEntry `yaml:"prometheus"`
	Chaos           *ChaosScope      `yaml:"chaos"`
	Cost            *Cost            `yaml:"cost"`

	doc *file.Document
}

// Problem describes what is wrong with a field of the setup file.
func (s *Setup) Problem(field, what, remedy string) file.Problem {
	if s.doc == nil {
		return file.Problem{File: s.Path, Field: field, What: what, Remedy: remedy}
	}
	return s.doc.Problem(field, what, remedy)
}

// LabTarget is a target that the harness brings up itself.
type LabTarget struct {
	Kind           results.Lab   `yaml:"kind"`
	Odoo           int           `yaml:"odoo"` // major version of a real Odoo, 0: 19
	Workers        int           `yaml:"workers"`
	CPU            float64       `yaml:"cpu"`
	Strategic      []string      `yaml:"strategic"`
	Instances      int           `yaml:"instances"`
	Standby        bool          `yaml:"standby"`
	Synchronous    bool          `yaml:"synchronous"`
	ReadReplica    bool          `yaml:"readReplica"`
	Archive        bool          `yaml:"archive"`
	Notices        bool          `yaml:"notices"`
	WALDisk        file.Bytes    `yaml:"walDisk"`
	GatewayTimeout file.Duration `yaml:"gatewayTimeout"`
	ServiceTimes   float64       `yaml:"serviceTimes"` // of the embedded target, as a factor; 0: 1
	Volume         string        `yaml:"volume"`       // data that tenants start with, see lab.Volumes; empty: small
	Weaknesses     []string      `yaml:"weaknesses"`
	// Ingress is the program in front of Odoo; empty: nginx.
	Ingress results.Ingress `yaml:"ingress"`
	// What separates tenants or kinds of work on shared parts:
	ImportWorkers int              `yaml:"importWorkers"`
	Limits        map[string]Limit `yaml:"limits"` // by tenant
	JobsRedis     bool             `yaml:"jobsRedis"`
	CronWorkers   int              `yaml:"cronWorkers"`
	Pooler        bool             `yaml:"pooler"`
}

// Limit is what a tenant may use of the parts that it shares. 0: no limit.
type Limit struct {
	RequestsPerSecond float64       `yaml:"requestsPerSecond"`
	RequestsAtOnce    int           `yaml:"requestsAtOnce"`
	Connections       int           `yaml:"connections"`
	StatementTimeout  file.Duration `yaml:"statementTimeout"`
}

// TenantAccess is how a tenant is reached. Credentials are named, not written.
type TenantAccess struct {
	Name         string `yaml:"name"`
	odoo.Address `yaml:",inline"`
	Logins       []Login `yaml:"logins"`
	PasswordEnv  string  `yaml:"passwordEnv"`
	PasswordFile string  `yaml:"passwordFile"`
	APIKeyEnv    string  `yaml:"apiKeyEnv"`
	APIKeyFile   string  `yaml:"apiKeyFile"`
	CAFile       string  `yaml:"caFile"`
	Insecure     bool    `yaml:"insecureSkipTLSVerify"`
	DSNEnv       string  `yaml:"dsnEnv"`
	// Secret is where its database's DSN is, on Kubernetes.
	Secret *SecretRef `yaml:"secret"`
}

// Login is a user of a tenant: a name, or a mapping with credentials of its own.
type Login struct {
	Name         string `yaml:"login"`
	PasswordEnv  string `yaml:"passwordEnv"`
	PasswordFile string `yaml:"passwordFile"`
	APIKeyEnv    string `yaml:"apiKeyEnv"`
	APIKeyFile   string `yaml:"apiKeyFile"`
}

// UnmarshalYAML reads both forms.
func (l *Login) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		l.Name = node.Value
		return nil
	}
	type plain Login
	return node.Decode((*plain)(l))
}

// HasPassword reports whether the login has a password of its own.
func (l Login) HasPassword() bool { return l.PasswordEnv != "" || l.PasswordFile != "" }

// HasKey reports whether the login has an API key of its own.
func (l Login) HasKey() bool { return l.APIKeyEnv != "" || l.APIKeyFile != "" }

// ComponentEntry is a part of an external setup.
type ComponentEntry struct {
	chaos.Component `yaml:",inline"`
	Address         string     `yaml:"address"`
	DSNEnv          string     `yaml:"dsnEnv"`
	URLEnv          string     `yaml:"urlEnv"`
	Log             string     `yaml:"log"`
	MetricsURL      string     `yaml:"metricsURL"`
	PIDFile         string     `yaml:"pidFile"`
	Namespaces      []string   `yaml:"namespaces"` // on Kubernetes: where its pods are
	Secret          *SecretRef `yaml:"secret"`     // on Kubernetes: its DSN or redis URL
	Proxy           *struct {
		Listen   string `yaml:"listen"`
		Upstream string `yaml:"upstream"`
	} `yaml:"proxy"`
}

// ChaosScope limits what faults may touch, and names their driver.
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

// PrometheusEntry is the Prometheus that monitors a setup. Its alerts show when a
// fault would have been noticed.
type PrometheusEntry struct {
	URL     string       `yaml:"url"`
	URLEnv  string       `yaml:"urlEnv"`
	Queries []QueryEntry `yaml:"queries"`
}

// QueryEntry is a PromQL query of the user.
type QueryEntry struct {
	Name   string `yaml:"name"`
	Expr   string `yaml:"expr"`
	Unit   string `yaml:"unit"`
	Better string `yaml:"better"`
}

// Cost is what the setup costs while it runs.
type Cost struct {
	Currency string  `yaml:"currency"`
	PerHour  float64 `yaml:"perHour"`
}

// Describe returns the setup as the manifest of a run names it.
func (s *Setup) Describe(roles map[string]results.Role) results.Setup {
	r := results.Setup{Name: s.Name, Tenancy: s.Tenancy, Environment: s.Environment, Target: "external",
		Digest: s.Input.SHA256}
	if s.OnKubernetes() {
		r.Target = "kubernetes"
	}
	if s.Lab != nil {
		r.Target, r.Workers, r.CPU = "lab-"+string(s.Lab.Kind), s.Lab.Workers, s.Lab.CPU
		r.Weaknesses, r.Ingress = s.Lab.Weaknesses, s.Lab.ingress()
	}
	for _, t := range s.Tenants {
		r.Tenants = append(r.Tenants, results.Tenant{Name: t.Name, Role: roles[t.Name]})
	}
	if s.Cost != nil {
		r.Currency, r.CostPerHour = s.Cost.Currency, s.Cost.PerHour
	}
	return r
}

// Allows reports whether the setup file permits faults on a component.
func (s *Setup) Allows(component string) bool {
	if s.Chaos == nil {
		return s.Lab != nil // the harness owns the whole lab
	}
	for _, pattern := range s.Chaos.Allow {
		if ok, err := filepath.Match(pattern, component); pattern == "*" || pattern == component || (err == nil && ok) {
			return true
		}
	}
	return false
}
