package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// slo mirrors the part of an OpenSLO document that the harness judges.
type slo struct {
	Metadata struct {
		Name        string `yaml:"name"`
		DisplayName string `yaml:"displayName"`
	} `yaml:"metadata"`
	Spec struct {
		BudgetingMethod string `yaml:"budgetingMethod"`
		TimeWindow      []any  `yaml:"timeWindow"`
		AlertPolicies   []any  `yaml:"alertPolicies"`
		Indicator       struct {
			Spec struct {
				ThresholdMetric struct {
					MetricSource struct {
						Spec struct {
							Journeys []string `yaml:"journeys"`
							Steps    []string `yaml:"steps"`
						} `yaml:"spec"`
					} `yaml:"metricSource"`
				} `yaml:"thresholdMetric"`
			} `yaml:"spec"`
		} `yaml:"indicator"`
		Objectives []struct {
			DisplayName     string        `yaml:"displayName"`
			Target          float64       `yaml:"target"`
			Value           float64       `yaml:"value"`
			TimeSliceTarget float64       `yaml:"timeSliceTarget"`
			TimeSliceWindow file.Duration `yaml:"timeSliceWindow"`
		} `yaml:"objectives"`
	} `yaml:"spec"`
}

// written is an objective with the document that it comes from.
type written struct {
	results.Objective
	doc   *file.Document
	field string   // in the document: spec.objectives.0
	notes []string // fields of the document that have no effect
}

// loadObjectives reads the OpenSLO documents of a file. No SDK of OpenSLO can be depended
// on (docs/decisions/0004), so the part that is judged is read here.
func loadObjectives(path string) (all []written, input results.Input, err error) {
	docs, err := file.ReadAll(path, "openslo")
	if err != nil {
		return nil, input, err
	}
	for _, doc := range docs {
		var s slo
		if err := doc.Decode(&s); err != nil {
			return nil, input, err
		}
		for i, o := range s.objectives() {
			all = append(all, written{o, doc, fmt.Sprintf("spec.objectives.%d", i), s.notes()})
		}
	}
	return all, docs[0].Input, nil
}

// notes names the fields of OpenSLO that other tools read and the harness does not.
func (s slo) notes() []string {
	var notes []string
	if len(s.Spec.TimeWindow) > 0 {
		notes = append(notes, "Objective "+s.Metadata.Name+" has a timeWindow. "+
			"It has no effect: a run is judged over its measured part.")
	}
	if len(s.Spec.AlertPolicies) > 0 {
		notes = append(notes, "Objective "+s.Metadata.Name+" has alertPolicies. They have no effect.")
	}
	return notes
}

// ObjectiveProblem describes what is wrong with the i-th objective, with the line of a field
// of its document.
func (e *Experiment) ObjectiveProblem(i int, field, what, remedy string) file.Problem {
	w := e.written[i]
	if field == "" {
		field = w.field
	}
	return w.doc.Problem(field, what, remedy)
}

// objectives are those of one document; several are distinguished by their names.
func (s slo) objectives() (all []results.Objective) {
	source := s.Spec.Indicator.Spec.ThresholdMetric.MetricSource.Spec
	for i, o := range s.Spec.Objectives {
		name := s.Metadata.Name
		if len(s.Spec.Objectives) > 1 {
			name += "/" + cmp.Or(o.DisplayName, strconv.Itoa(i+1))
		}
		objective := results.Objective{
			Name: name, Journeys: source.Journeys, Steps: source.Steps, Target: o.Target,
			Threshold: o.Value, Budgeting: s.Spec.BudgetingMethod,
		}
		if s.Spec.BudgetingMethod == "Timeslices" {
			objective.Timeslice = cmp.Or(time.Duration(o.TimeSliceWindow), time.Minute).Seconds()
			objective.SliceGood = cmp.Or(o.TimeSliceTarget, o.Target)
		}
		all = append(all, objective)
	}
	return all
}

// addObjectives adds the objectives of a file. Findings distinguish objectives by their
// names, so each name may occur once.
func (e *Experiment) addObjectives(objectives []written) file.Problems {
	var problems file.Problems
	for _, o := range objectives {
		if slices.ContainsFunc(e.Objectives, func(other results.Objective) bool { return other.Name == o.Name }) {
			problems = append(problems, o.doc.Problem("metadata.name", "a second objective is named "+o.Name,
				"give each a name of its own; displayName distinguishes several objectives of one document"))
		}
		for _, note := range o.notes {
			if !slices.Contains(e.Notes, note) {
				e.Notes = append(e.Notes, note)
			}
		}
		e.Objectives, e.written = append(e.Objectives, o.Objective), append(e.written, o)
	}
	return problems
}
