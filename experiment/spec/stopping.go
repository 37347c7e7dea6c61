package spec

import (
	"cmp"
	"fmt"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// Alpha is the chance of a false claim about a primary question, over all looks together.
const Alpha = 0.05

// Stopping ends a run when its primary questions are decided. The largest number of
// replicates is Experiment.Replicates.
type Stopping struct {
	AtLeast int // replicates before the first look
}

// DescribeStopping returns the rule as the manifest of a run has it; nil without one.
func (e *Experiment) DescribeStopping() *results.Stopping {
	if e.Stopping == nil {
		return nil
	}
	return &results.Stopping{AtLeast: e.Stopping.AtLeast, AtMost: e.Replicates, Alpha: Alpha}
}

// replicatesFile is a number, or {atMost: 10, atLeast: 2, until: decided}.
type replicatesFile struct {
	Number  int    `yaml:"-"`
	AtMost  int    `yaml:"atMost"`
	AtLeast int    `yaml:"atLeast"`
	Until   string `yaml:"until"`
}

// UnmarshalYAML reads both forms. The schema has checked them.
func (r *replicatesFile) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		return node.Decode(&r.Number)
	}
	type plain replicatesFile
	return node.Decode((*plain)(r))
}

func (r replicatesFile) resolve() (most int, stopping *Stopping) {
	if r.Until == "" {
		return cmp.Or(r.Number, 1), nil
	}
	return r.AtMost, &Stopping{AtLeast: cmp.Or(r.AtLeast, 1)}
}

// stops checks that the run has a primary question that replicates can decide.
func (e *Experiment) stops(doc *file.Document) error {
	switch {
	case e.Stopping == nil:
		return nil
	case e.Stopping.AtLeast > e.Replicates:
		return doc.Problem("replicates.atLeast", fmt.Sprintf("%d is more than atMost: %d", e.Stopping.AtLeast, e.Replicates),
			"write a smaller number, or leave it out")
	case e.Search != nil:
		return doc.Problem("replicates.until", "a search decides after each scale how it goes on",
			"write the number of replicates of a scale")
	case len(e.withRole(results.Disruptive)) == 0 && len(e.Setups) < 2 && len(e.Objectives) == 0:
		return doc.Problem("replicates.until",
			"nothing is to be decided: there is no disruptive tenant, no second setup and no objective",
			"write a number, or add what is to be decided")
	}
	return nil
}
