package spec

import (
	"cmp"
	"fmt"
	"time"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// scenario resolves one entry of scenarios.
func (e *Experiment) scenario(doc *file.Document, i int, f scenarioFile) (Scenario, error) {
	s := Scenario{
		Name: f.Name, Script: e.resolve(f.Script), Start: f.Start,
		Duration: time.Duration(f.Duration), Scale: cmp.Or(f.Scale, 1), Env: f.Env,
		Transport: cmp.Or(f.Transport, "rpc"), Timeout: cmp.Or(time.Duration(f.Timeout), 30*time.Second),
		NaiveRetry: f.NaiveRetry, Field: fmt.Sprintf("scenarios.%d", i),
	}
	var problems file.Problems
	add := func(field, what, remedy string) {
		problems = append(problems, doc.Problem(fmt.Sprintf("scenarios.%d.%s", i, field), what, remedy))
	}
	text, input, err := file.ReadInput(s.Script)
	if err != nil {
		add("script", "cannot be read: "+err.Error(), "paths are relative to this file, or absolute")
	} else {
		s.checkEnv(text, add)
	}
	e.Inputs = append(e.Inputs, input)
	switch f.Tenants.Kind {
	case yaml.SequenceNode:
		if err := f.Tenants.Decode(&s.Tenants); err != nil {
			add("tenants", err.Error(), "")
		}
		for _, name := range s.Tenants {
			if e.Tenants[name] == "" {
				add("tenants", "there is no tenant "+name, "tenants: lists "+file.Known(e.Tenants))
			}
		}
	default:
		s.Tenants = e.withRole(results.Role(cmp.Or(f.Tenants.Value, "all")))
		if len(s.Tenants) == 0 {
			add("tenants", "no tenant is "+f.Tenants.Value,
				"give one that role under tenants:, or leave the scenario out")
		}
	}
	return s, problems.Err()
}
