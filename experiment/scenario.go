package experiment

import (
	"time"

	"go.yaml.in/yaml/v4"
)

// scenario resolves one entry of scenarios.
func (e *Experiment) scenario(doc *document, i int, f scenarioFile) (Scenario, error) {
	s := Scenario{
		Name: f.Name, Script: e.resolve(f.Script), Start: f.Start,
		Duration: time.Duration(f.Duration), Scale: orElse(f.Scale, 1), Env: f.Env,
		Transport: orElse(f.Transport, "rpc"), Timeout: orElse(time.Duration(f.Timeout), 30*time.Second),
		NaiveRetry: f.NaiveRetry,
	}
	problem := func(field, what, remedy string) Problem {
		path := []string{"scenarios", itoa(i), field}
		return Problem{File: e.Path, Line: doc.line(path), Field: join(path), What: what, Remedy: remedy}
	}
	var problems Problems
	if err := addInput(s.Script, &e.Inputs); err != nil {
		problems = append(problems, problem("script", "cannot be read: "+err.Error(), "paths are relative to this file, or absolute"))
	}
	switch f.Tenants.Kind {
	case yaml.SequenceNode:
		if err := f.Tenants.Decode(&s.Tenants); err != nil {
			problems = append(problems, problem("tenants", err.Error(), ""))
		}
		for _, name := range s.Tenants {
			if e.Tenants[name] == "" {
				problems = append(problems, problem("tenants", "there is no tenant "+name, "tenants: lists "+known(e.Tenants)))
			}
		}
	default:
		s.Tenants = e.withRole(orElse(f.Tenants.Value, "all"))
		if len(s.Tenants) == 0 {
			problems = append(problems, problem("tenants", "no tenant is "+f.Tenants.Value,
				"give one that role under tenants:, or leave the scenario out"))
		}
	}
	return s, problems.Err()
}
