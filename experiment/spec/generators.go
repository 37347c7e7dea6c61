package spec

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Engine is what runs load generators.
type Engine string

// The engines.
const (
	EngineLocal    Engine = "local"       // processes of this machine
	EngineJob      Engine = "job"         // pods of an Indexed Job
	EngineOperator Engine = "k6-operator" // pods of a TestRun
)

// mostGenerators bounds the generators of a scenario, as the schema does.
const mostGenerators = 64

// Generators are the processes that offer the load of each scenario, each its stripe of the
// arrivals. The zero Generators is one process.
type Generators struct {
	Count  int    `json:"count"`
	Engine Engine `json:"engine"`
	// Of the engines job and k6-operator:
	Job        string `json:"job,omitempty"`     // path of the Job's manifest
	TestRun    string `json:"testRun,omitempty"` // path of the TestRun's manifest
	Listen     string `json:"listen,omitempty"`  // host:port for the generators
	Address    string `json:"address,omitempty"` // host:port at which they find it; port 0: that of Listen
	Kubeconfig string `json:"kubeconfig,omitempty"`
	Context    string `json:"context,omitempty"`
}

// Several reports whether the load of a scenario is divided.
func (g Generators) Several() bool { return g.Count > 1 }

// Pods reports whether the generators are pods of a cluster, which connect to the harness.
func (g Generators) Pods() bool { return g.Engine.pods() }

func (e Engine) pods() bool { return e == EngineJob || e == EngineOperator }

// generatorsFile is {count: 4, engine: local}.
type generatorsFile struct {
	Count      int    `yaml:"count"`
	Engine     Engine `yaml:"engine"`
	Job        string `yaml:"job"`
	TestRun    string `yaml:"testRun"`
	Listen     string `yaml:"listen"`
	Address    string `yaml:"address"`
	Kubeconfig string `yaml:"kubeconfig"`
	Context    string `yaml:"context"`
}

// anywhere is where a coordinator listens by default.
const anywhere = "0.0.0.0:7443"

func (f *generatorsFile) resolve(path func(string) string) Generators {
	if f == nil {
		return Generators{}
	}
	g := Generators{Count: f.Count, Engine: cmp.Or(f.Engine, EngineLocal)}
	if !g.Pods() {
		return g
	}
	g.Listen, g.Address, g.Context = cmp.Or(f.Listen, anywhere), f.Address, f.Context
	switch {
	case g.Engine == EngineJob && f.Job != "":
		g.Job = path(f.Job)
	case g.Engine == EngineOperator && f.TestRun != "":
		g.TestRun = path(f.TestRun)
	}
	if f.Kubeconfig != "" {
		g.Kubeconfig = path(f.Kubeconfig)
	}
	return g
}

// check refuses fields that the engine lacks or does not use.
func (f *generatorsFile) check(add addProblem) {
	if f == nil {
		return
	}
	for _, m := range []struct {
		engine            Engine
		field, path, kind string
	}{{EngineJob, "job", f.Job, "Job"}, {EngineOperator, "testRun", f.TestRun, "TestRun"}} {
		switch {
		case f.Engine == m.engine && m.path == "":
			add("generators."+m.field, "the engine "+string(m.engine)+" has no manifest",
				"write the path of a "+m.kind+"'s manifest; deploy/load/"+strings.ToLower(m.kind)+".yaml is one")
		case f.Engine != m.engine && m.path != "":
			add("generators."+m.field, "only the engine "+string(m.engine)+" has it", "remove it, or write engine: "+string(m.engine))
		}
	}
	if f.Engine.pods() {
		f.checkAddresses(add)
		return
	}
	for _, field := range []struct{ name, value string }{{"listen", f.Listen}, {"address", f.Address},
		{"kubeconfig", f.Kubeconfig}, {"context", f.Context}} {
		if field.value != "" {
			add("generators."+field.name, "only generators that are pods have it",
				"remove it, or write engine: job or engine: k6-operator")
		}
	}
}

// checkAddresses refuses what pods could not connect to, or must not run in.
func (f *generatorsFile) checkAddresses(add addProblem) {
	if f.Address == "" {
		add("generators.address", "pods do not know where the harness listens", "write host:port as a pod reaches this machine")
	}
	for _, field := range []struct{ name, address string }{{"listen", f.Listen}, {"address", f.Address}} {
		if what := wrongAddress(field.address, field.name == "listen"); field.address != "" && what != "" {
			add("generators."+field.name, what, "write 10.0.0.7:7443 or [2001:db8::7]:7443")
		}
	}
	if IsProduction(f.Context) {
		add("generators.context", "the context "+f.Context+" is production by its name", "name another")
	}
}

// wrongAddress is what is wrong with a host:port; empty: nothing. Port 0 is a free one, or that
// of listen. To listen, the host may be absent or 0.0.0.0: any of this machine.
func wrongAddress(address string, listen bool) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		var of *net.AddrError
		if errors.As(err, &of) {
			return "it is no host:port: " + of.Err
		}
		return "it is no host:port"
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Sprintf("%q is no port from 0 to 65535", port)
	}
	if ip := net.ParseIP(host); !listen && (host == "" || ip != nil && ip.IsUnspecified()) {
		return "it names no host that a pod could reach"
	}
	if strings.ContainsAny(host, " /?#@") {
		return fmt.Sprintf("%q is no host", host)
	}
	return ""
}

// SetGenerators sets the number of generators, in place of the one in the file.
func (e *Experiment) SetGenerators(count int) error {
	if count < 1 || count > mostGenerators {
		return fmt.Errorf("--generators %d: write a number from 1 to %d", count, mostGenerators)
	}
	e.Generators.Count, e.Generators.Engine = count, cmp.Or(e.Generators.Engine, EngineLocal)
	return nil
}
