package spec

import (
	"cmp"
	"fmt"
)

// Engine is what runs load generators.
type Engine string

// The engines. Only the first is built.
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
}

// Several reports whether the load of a scenario is divided.
func (g Generators) Several() bool { return g.Count > 1 }

// generatorsFile is {count: 4, engine: local}.
type generatorsFile struct {
	Count  int    `yaml:"count"`
	Engine Engine `yaml:"engine"`
}

func (f *generatorsFile) resolve() Generators {
	if f == nil {
		return Generators{}
	}
	return Generators{Count: f.Count, Engine: cmp.Or(f.Engine, EngineLocal)}
}

// SetGenerators sets the number of generators, in place of the one in the file.
func (e *Experiment) SetGenerators(count int) error {
	if count < 1 || count > mostGenerators {
		return fmt.Errorf("--generators %d: write a number from 1 to %d", count, mostGenerators)
	}
	e.Generators.Count, e.Generators.Engine = count, cmp.Or(e.Generators.Engine, EngineLocal)
	return nil
}
