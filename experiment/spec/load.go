package spec

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// ParseManifest reads a fault manifest. The path is for messages.
type ParseManifest func(path string, raw []byte) (chaos.Manifest, error)

// experimentFile mirrors experiment.schema.json.
type experimentFile struct {
	Name       string                  `yaml:"name"`
	Hypothesis string                  `yaml:"hypothesis"`
	Setups     []string                `yaml:"setups"`
	Remedies   []remedyFile            `yaml:"remedies"`
	Scenarios  []scenarioFile          `yaml:"scenarios"`
	Tenants    map[string]results.Role `yaml:"tenants"`
	Faults     []faultFile             `yaml:"faults"`
	Recovery   *recoveryFile           `yaml:"recovery"`
	Changes    []changeFile            `yaml:"changes"`
	Warmup     *file.Duration          `yaml:"warmup"`
	Replicates replicatesFile          `yaml:"replicates"`
	Order      string                  `yaml:"order"`
	Twin       bool                    `yaml:"twin"`
	Objectives []string                `yaml:"objectives"`
	Halt       *haltFile               `yaml:"halt"`
	Promises   *struct {
		Slowdown   float64       `yaml:"slowdown"`
		Percentile float64       `yaml:"percentile"`
		Recovery   file.Duration `yaml:"recovery"`
		Alert      file.Duration `yaml:"alert"`
	} `yaml:"promises"`
	Neighbour *neighbourFile `yaml:"neighbour"`
	Ladder    *ladderFile    `yaml:"ladder"`
	Capacity  *capacityFile  `yaml:"capacity"`
	Isolation *isolationFile `yaml:"isolation"`
	Seed      uint64         `yaml:"seed"`

	Generators *generatorsFile `yaml:"generators"`
}

type scenarioFile struct {
	Name       string            `yaml:"name"`
	Script     string            `yaml:"script"`
	Tenants    yaml.Node         `yaml:"tenants"`
	Start      Moment            `yaml:"start"`
	Duration   file.Duration     `yaml:"duration"`
	Scale      float64           `yaml:"scale"`
	Env        map[string]string `yaml:"env"`
	Transport  string            `yaml:"transport"`
	Timeout    file.Duration     `yaml:"timeout"`
	NaiveRetry bool              `yaml:"naiveRetry"`
}

type faultFile struct {
	Name         string        `yaml:"name"`
	Manifest     string        `yaml:"manifest"`
	At           Moment        `yaml:"at"`
	For          file.Duration `yaml:"for"`
	Setups       []string      `yaml:"setups"`
	AllowOverlap bool          `yaml:"allowOverlap"`
}

type haltFile struct {
	ErrorShare float64       `yaml:"errorShare"`
	For        file.Duration `yaml:"for"`
}

func (f *haltFile) halt() *Halt {
	if f == nil {
		return nil
	}
	return &Halt{ErrorShare: f.ErrorShare, For: time.Duration(f.For)}
}

// Load reads an experiment and every file that it names. It contacts no target. The
// error is [file.Problems] with everything that is wrong.
func Load(path string, parse ParseManifest) (*Experiment, error) {
	doc, err := file.Read(path, "experiment")
	var problems file.Problems
	if err != nil {
		problems.Collect(path, err)
		return nil, problems.Err()
	}
	var f experimentFile
	if err := doc.Decode(&f); err != nil {
		problems.Collect(path, err)
		return nil, problems.Err()
	}
	e := &Experiment{Path: path, Inputs: []results.Input{doc.Input}, doc: doc}
	e.fill(f)
	for i, name := range f.Setups {
		setup, err := LoadSetup(e.resolve(name))
		problems.Collect(name, namedBy(doc, fmt.Sprintf("setups.%d", i), err))
		e.Setups = append(e.Setups, setup)
		e.Inputs = append(e.Inputs, setup.Input)
	}
	problems.Collect(path, e.addRemedies(doc, f))
	for i, name := range f.Objectives {
		objectives, input, err := loadObjectives(e.resolve(name))
		problems.Collect(name, namedBy(doc, fmt.Sprintf("objectives.%d", i), err))
		problems = append(problems, e.addObjectives(objectives)...)
		e.Inputs = append(e.Inputs, input)
	}
	for i, s := range f.Scenarios {
		scenario, err := e.scenario(doc, i, s)
		problems.Collect(path, err)
		e.Scenarios = append(e.Scenarios, scenario)
	}
	problems.Collect(path, e.question(doc, f))
	for i, ff := range f.Faults {
		fault, err := e.fault(doc, i, ff, parse)
		problems.Collect(path, err)
		e.Faults = append(e.Faults, fault)
	}
	problems.Collect(path, e.drills(doc, f))
	problems.Collect(path, e.stops(doc))
	problems = append(problems, e.crossCheck(doc)...)
	f.Generators.check(func(field, what, remedy string) { problems = append(problems, doc.Problem(field, what, remedy)) })
	return e, problems.Err()
}

// namedBy reports a file that cannot be read at the field that names it. Other errors are about
// the content of the file.
func namedBy(doc *file.Document, field string, err error) error {
	var p file.Problem
	if errors.As(err, &p) && p.Line == 0 && strings.HasPrefix(p.What, "cannot be read: ") {
		return doc.Problem(field, p.File+" "+p.What, "paths are relative to this file, or absolute")
	}
	return err
}

// LoadFaults reads the faults of an experiment on one setup, and no other file: who writes
// roles has neither its credentials nor its scripts.
func LoadFaults(path, setup string, parse ParseManifest) ([]Fault, error) {
	doc, err := file.Read(path, "experiment")
	var f experimentFile
	if err == nil {
		err = doc.Decode(&f)
	}
	var problems file.Problems
	if err != nil {
		problems.Collect(path, err)
		return nil, problems.Err()
	}
	e := &Experiment{Path: path}
	var faults []Fault
	for i, ff := range f.Faults {
		fault, err := e.fault(doc, i, ff, parse)
		problems.Collect(path, err)
		if fault.AppliesTo(setup) {
			faults = append(faults, fault)
		}
	}
	return faults, problems.Err()
}

// LoadGenerators reads the generators of an experiment, and no other file.
func LoadGenerators(path string) (Generators, error) {
	doc, err := file.Read(path, "experiment")
	var f experimentFile
	if err == nil {
		err = doc.Decode(&f)
	}
	var problems file.Problems
	if err != nil {
		problems.Collect(path, err)
		return Generators{}, problems.Err()
	}
	f.Generators.check(func(field, what, remedy string) { problems = append(problems, doc.Problem(field, what, remedy)) })
	return f.Generators.resolve((&Experiment{Path: path}).resolve), problems.Err()
}

// resolve returns the path of a file that the experiment names: absolute, or relative
// to the experiment's own file.
func (e *Experiment) resolve(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(e.Path), name)
}

// given returns a time that may be 0, or its default where the file has none.
func given(d *file.Duration, otherwise time.Duration) time.Duration {
	if d == nil {
		return otherwise
	}
	return time.Duration(*d)
}

// fill copies the plain fields and sets the defaults that the schema documents.
func (e *Experiment) fill(f experimentFile) {
	e.Name, e.Hypothesis, e.Tenants = f.Name, f.Hypothesis, f.Tenants
	e.Warmup = given(f.Warmup, 10*time.Second)
	e.Replicates, e.Stopping = f.Replicates.resolve()
	e.Order, e.Twin = cmp.Or(f.Order, "ABBA"), f.Twin
	e.Seed = cmp.Or(f.Seed, 1)
	e.Generators = f.Generators.resolve(e.resolve)
	e.Halt = f.Halt.halt()
	if f.Promises != nil {
		e.Promises = &results.Promises{Slowdown: f.Promises.Slowdown, Percentile: f.Promises.Percentile / 100,
			Recovery: time.Duration(f.Promises.Recovery).Seconds(), Alert: time.Duration(f.Promises.Alert).Seconds()}
	}
}
