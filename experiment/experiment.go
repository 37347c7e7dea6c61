package experiment

import (
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/chaos"
	"example.org/odooharness/results"
)

// Tenant roles.
const (
	Abiding    = "abiding"    // stays within its reference load
	Disruptive = "disruptive" // the noisy neighbour
)

// Experiment is an experiment file with everything it names.
type Experiment struct {
	Path       string
	Name       string
	Hypothesis string
	Setups     []Setup
	Scenarios  []Scenario
	Tenants    map[string]string // role by name
	Faults     []Fault
	Drills     []Drill
	Warmup     time.Duration
	Replicates int
	Order      string
	Objectives []results.Objective
	Halt       *Halt
	Promises   *results.Promises
	Ladder     *Ladder
	Search     *Search
	Capacity   *results.Capacity
	Isolation  *results.Isolation
	Seed       uint64
	Inputs     []results.Input
}

// Scenario is one k6 script with who offers it, when and how much.
type Scenario struct {
	Name       string
	Script     string // path
	Tenants    []string
	Start      Moment
	Duration   time.Duration
	Scale      float64
	Env        map[string]string
	Transport  string
	Timeout    time.Duration
	NaiveRetry bool
}

// Fault is a manifest with its moment.
type Fault struct {
	Name         string
	Manifest     chaos.Manifest
	At           Moment
	For          time.Duration
	Setups       []string // empty: all
	AllowOverlap bool
	Line         int
}

// Halt stops a trial whose target is too ill to learn from, or tells a change that
// is bad.
type Halt struct {
	ErrorShare float64       // of the steps that ended
	For        time.Duration // for at least this long
}

type haltFile struct {
	ErrorShare float64  `yaml:"errorShare"`
	For        Duration `yaml:"for"`
}

func (f *haltFile) halt() *Halt {
	if f == nil {
		return nil
	}
	return &Halt{ErrorShare: f.ErrorShare, For: time.Duration(f.For)}
}

// file mirrors experiment.schema.json.
type file struct {
	Name       string            `yaml:"name"`
	Hypothesis string            `yaml:"hypothesis"`
	Setups     []string          `yaml:"setups"`
	Scenarios  []scenarioFile    `yaml:"scenarios"`
	Tenants    map[string]string `yaml:"tenants"`
	Faults     []faultFile       `yaml:"faults"`
	Recovery   *recoveryFile     `yaml:"recovery"`
	Changes    []changeFile      `yaml:"changes"`
	Warmup     Duration          `yaml:"warmup"`
	Replicates int               `yaml:"replicates"`
	Order      string            `yaml:"order"`
	Objectives []string          `yaml:"objectives"`
	Halt       *haltFile         `yaml:"halt"`
	Promises   *struct {
		Slowdown float64  `yaml:"slowdown"`
		Recovery Duration `yaml:"recovery"`
		Alert    Duration `yaml:"alert"`
	} `yaml:"promises"`
	Ladder    *ladderFile    `yaml:"ladder"`
	Capacity  *capacityFile  `yaml:"capacity"`
	Isolation *isolationFile `yaml:"isolation"`
	Seed      uint64         `yaml:"seed"`
}

type scenarioFile struct {
	Name       string            `yaml:"name"`
	Script     string            `yaml:"script"`
	Tenants    yaml.Node         `yaml:"tenants"`
	Start      Moment            `yaml:"start"`
	Duration   Duration          `yaml:"duration"`
	Scale      float64           `yaml:"scale"`
	Env        map[string]string `yaml:"env"`
	Transport  string            `yaml:"transport"`
	Timeout    Duration          `yaml:"timeout"`
	NaiveRetry bool              `yaml:"naiveRetry"`
}

type faultFile struct {
	Name         string   `yaml:"name"`
	Manifest     string   `yaml:"manifest"`
	At           Moment   `yaml:"at"`
	For          Duration `yaml:"for"`
	Setups       []string `yaml:"setups"`
	AllowOverlap bool     `yaml:"allowOverlap"`
}

// Load reads an experiment and everything it names. The error is [Problems] with
// all that is wrong; nothing has been touched.
func Load(path string) (*Experiment, error) {
	e := &Experiment{Path: path}
	doc, err := readDocument(path, "experiment", &e.Inputs)
	var problems Problems
	problems.collect(path, err)
	if doc == nil || err != nil {
		return nil, problems.Err()
	}
	var f file
	if err := doc.decode(&f); err != nil {
		problems.collect(path, err)
		return nil, problems.Err()
	}
	e.fill(f)
	for _, name := range f.Setups {
		setup, err := loadSetup(e.resolve(name), &e.Inputs)
		problems.collect(name, err)
		e.Setups = append(e.Setups, setup)
	}
	for _, name := range f.Objectives {
		objectives, err := loadObjectives(e.resolve(name), &e.Inputs)
		problems.collect(name, err)
		e.Objectives = append(e.Objectives, objectives...)
	}
	for i, s := range f.Scenarios {
		scenario, err := e.scenario(doc, i, s)
		problems.collect(path, err)
		e.Scenarios = append(e.Scenarios, scenario)
	}
	problems.collect(path, e.ask(doc, f))
	for i, ff := range f.Faults {
		fault, err := e.fault(doc, i, ff)
		problems.collect(path, err)
		e.Faults = append(e.Faults, fault)
	}
	problems.collect(path, e.drills(doc, f))
	problems = append(problems, e.crossCheck(doc)...)
	return e, problems.Err()
}

// resolve finds a file that the experiment names: relative to the experiment's own,
// unless its path is absolute, as those of labs on Kubernetes are told.
func (e *Experiment) resolve(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(e.Path), name)
}

// fill copies the plain fields and sets the defaults that the schema documents.
func (e *Experiment) fill(f file) {
	e.Name, e.Hypothesis, e.Tenants = f.Name, f.Hypothesis, f.Tenants
	e.Warmup = orElse(time.Duration(f.Warmup), 10*time.Second)
	e.Replicates = orElse(f.Replicates, 1)
	e.Order = orElse(f.Order, "ABBA")
	e.Seed = orElse(f.Seed, 1)
	e.Halt = f.Halt.halt()
	if f.Promises != nil {
		e.Promises = &results.Promises{Slowdown: f.Promises.Slowdown, Recovery: time.Duration(f.Promises.Recovery).Seconds(),
			Alert: time.Duration(f.Promises.Alert).Seconds()}
	}
}

// withRole lists the tenants of a role, or all, sorted by name.
func (e *Experiment) withRole(role string) []string {
	var names []string
	for _, name := range sortedKeys(e.Tenants) {
		if role == "all" || e.Tenants[name] == role {
			names = append(names, name)
		}
	}
	return names
}
