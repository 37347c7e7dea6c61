package spec

import (
	"cmp"
	"fmt"
)

// Engines run load generators.
const (
	EngineLocal    = "local"       // processes of this machine
	EngineJob      = "job"         // pods of an Indexed Job
	EngineOperator = "k6-operator" // pods of a TestRun
)

// MostGenerators bounds the generators of a scenario, as the schema does.
const MostGenerators = 64

// Generators are the processes that offer the load of each scenario, each its stripe of the
// arrivals. The zero Generators is one process.
type Generators struct {
	Count  int    `json:"count"`
	Engine string `json:"engine"`
}

// Several reports whether the load of a scenario is divided.
func (g Generators) Several() bool { return g.Count > 1 }

// generatorsFile is {count: 4, engine: local}.
type generatorsFile struct {
	Count  int    `yaml:"count"`
	Engine string `yaml:"engine"`
}

func (f *generatorsFile) resolve() Generators {
	if f == nil {
		return Generators{}
	}
	return Generators{Count: f.Count, Engine: cmp.Or(f.Engine, EngineLocal)}
}

// Generate sets the number of generators, in place of the one in the file.
func (e *Experiment) Generate(count int) error {
	if count < 1 || count > MostGenerators {
		return fmt.Errorf("generators %d: write a number from 1 to %d", count, MostGenerators)
	}
	e.Generators.Count, e.Generators.Engine = count, cmp.Or(e.Generators.Engine, EngineLocal)
	return nil
}
