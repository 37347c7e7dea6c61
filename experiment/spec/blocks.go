package spec

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"example.org/odooharness/experiment/file"
)

// Blocks alternates the load of the disruptive tenants within a trial.
//
//	neighbour        ________          ________
//	          ______|        |________|        |____
//	           OFF    ON  ON   OFF OFF  ON  ON   OFF
//
// The duration of the scenario is that of all blocks together. A drift over the trial is in
// both conditions alike, since the order is symmetric. Neighbouring ON blocks are one burst:
// a copy of the scenario.
type Blocks struct {
	Scenario string
	Number   int
	Length   time.Duration // of a block
	Washout  time.Duration // after an edge of the load, in neither condition
	Copies   []string      // names of the bursts, in time
}

type neighbourFile struct {
	Scenario string        `yaml:"scenario"`
	Blocks   int           `yaml:"blocks"`
	Washout  file.Duration `yaml:"washout"`
}

// defaultWashout is how long the queue of a burst is taken to be felt after it.
const defaultWashout = 2 * time.Second

// On reports whether the neighbour is on in a block, counted from 0: OFF ON ON OFF, again
// and again.
func (b *Blocks) On(block int) bool { return block%4 == 1 || block%4 == 2 }

// addBlocks replaces the scenario of the disruptive tenants with one copy a burst.
func (e *Experiment) addBlocks(doc *file.Document, f experimentFile) error {
	problem := func(field, what, remedy string) error { return doc.Problem("neighbour."+field, what, remedy) }
	at, err := e.disruptiveScenario(doc, f.Neighbour.Scenario)
	if err != nil {
		return err
	}
	original := e.Scenarios[at]
	b := &Blocks{Scenario: original.Name, Number: f.Neighbour.Blocks, Length: original.Duration / time.Duration(f.Neighbour.Blocks),
		Washout: cmp.Or(time.Duration(f.Neighbour.Washout), defaultWashout)}
	switch {
	case f.Ladder != nil || f.Capacity != nil || f.Isolation != nil:
		return problem("blocks", "there is a ladder:, a capacity: or an isolation:, too", "write one of them in an experiment")
	case 2*b.Washout > b.Length:
		return problem("blocks", fmt.Sprintf("%d blocks of %s are %s each: a wash-out of %s leaves less than half of one", b.Number,
			original.Duration, b.Length, b.Washout), "write fewer blocks, a shorter washout, or a longer duration of "+original.Name)
	case original.Start.Landmark == "" && original.Start.Offset < e.Warmup:
		return problem("blocks", fmt.Sprintf("the first begins at %s, within the warm-up of %s", original.Start.Offset, e.Warmup),
			"start "+original.Name+" after the warm-up")
	}
	var copies []Scenario
	for block := 0; block < b.Number; block++ {
		if !b.On(block) || b.On(block-1) {
			continue
		}
		end := block + 1
		for end < b.Number && b.On(end) {
			end++
		}
		s := original
		s.Name = fmt.Sprintf("%s-%d", original.Name, len(copies)+1)
		s.Start.Offset += time.Duration(block) * b.Length
		s.Duration = time.Duration(end-block) * b.Length
		copies, b.Copies = append(copies, s), append(b.Copies, s.Name)
	}
	e.Scenarios = slices.Concat(e.Scenarios[:at:at], copies, e.Scenarios[at+1:])
	e.Blocks = b
	return nil
}

// disruptiveScenario is the index of the scenario that alternates: the one that is named, or
// the only one that disruptive tenants alone offer.
func (e *Experiment) disruptiveScenario(doc *file.Document, name string) (int, error) {
	if name != "" {
		at := e.scenarioIndex(name)
		switch {
		case at < 0:
			return at, noScenario(doc, "neighbour.scenario", name)
		case !e.OnlyDisruptive(e.Scenarios[at].Tenants):
			return at, doc.Problem("neighbour.scenario", "abiding tenants offer "+name+", too", "write tenants: disruptive")
		}
		return at, nil
	}
	found := -1
	for i, s := range e.Scenarios {
		if len(s.Tenants) == 0 || !e.OnlyDisruptive(s.Tenants) {
			continue
		}
		if found >= 0 {
			return -1, doc.Problem("neighbour", "disruptive tenants offer "+e.Scenarios[found].Name+" and "+s.Name,
				"name one of them: {scenario: "+s.Name+"}")
		}
		found = i
	}
	if found < 0 {
		return -1, doc.Problem("neighbour", "no scenario is offered by disruptive tenants alone", "give one tenants: disruptive")
	}
	return found, nil
}
