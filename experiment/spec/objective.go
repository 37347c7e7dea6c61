package spec

import (
	"cmp"
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

// loadObjectives reads the OpenSLO documents of a file. No SDK of OpenSLO can be depended
// on (docs/decisions/0004), so the part that is judged is read here.
func loadObjectives(path string) (all []results.Objective, input results.Input, err error) {
	docs, err := file.ReadAll(path, "openslo")
	if err != nil {
		return nil, input, err
	}
	for _, doc := range docs {
		var s slo
		if err := doc.Decode(&s); err != nil {
			return nil, input, err
		}
		all = append(all, s.objectives()...)
	}
	return all, docs[0].Input, nil
}

// objectives are those of one document; several are told apart by their names.
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
