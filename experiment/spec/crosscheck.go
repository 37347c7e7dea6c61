package spec

import (
	"fmt"
	"maps"
	"slices"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/odoo"
)

// crossCheck verifies that the files agree with each other.
func (e *Experiment) crossCheck(doc *file.Document) file.Problems {
	var problems file.Problems
	add := func(field, what, remedy string) { problems = append(problems, doc.Problem(field, what, remedy)) }
	setups := map[string]bool{}
	for i, s := range e.Setups {
		if s.Name == "" {
			continue // its file could not be read, which is a problem of its own
		}
		if setups[s.Name] {
			add(fmt.Sprintf("setups.%d", i), "two setups are named "+s.Name, "the report distinguishes setups by their names")
		}
		setups[s.Name] = true
		have := map[string]bool{}
		for _, t := range s.Tenants {
			have[t.Name] = true
		}
		for _, name := range slices.Sorted(maps.Keys(e.Tenants)) {
			if !have[name] {
				add("tenants."+name, "setup "+s.Name+" has no tenant "+name, s.Path+" lists "+file.Known(have))
			}
		}
	}
	uniqueNames(e.Scenarios, func(s Scenario) string { return s.Name }, "scenarios", add)
	uniqueNames(e.Faults, func(f Fault) string { return f.Name }, "faults", add)
	uniqueNames(e.Drills, func(d Drill) string { return d.Name }, "changes", add)

	switch {
	case e.Twin && len(e.Faults) == 0:
		add("twin", "there is no fault to leave out", "remove twin:, or add faults:")
	case e.Twin && (e.Ladder != nil || e.Search != nil):
		add("twin", "a ladder has no faults to compare with", "remove twin:")
	}
	for i, scenario := range e.Scenarios {
		for _, s := range e.Setups {
			if scenario.Transport == "json2" && s.Lab != nil && s.Lab.Odoo != 0 && !(odoo.Dialect{Major: s.Lab.Odoo}).HasJSON2() {
				add(fmt.Sprintf("scenarios.%d.transport", i), fmt.Sprintf("setup %s has Odoo %d, which has no JSON-2", s.Name, s.Lab.Odoo),
					"write transport: rpc")
			}
		}
	}
	known := func(field string, names []string) {
		for _, name := range names {
			if !setups[name] {
				add(field, "there is no setup "+name, "setups are "+file.Known(setups))
			}
		}
	}
	for _, d := range e.Drills {
		known(d.Field+".setups", d.Setups)
	}
	for i, f := range e.Faults {
		known(fmt.Sprintf("faults.%d.setups", i), f.Setups)
	}
	return problems
}

func uniqueNames[T any](list []T, name func(T) string, field string, add addProblem) {
	seen := map[string]bool{}
	for i, each := range list {
		if n := name(each); n != "" && seen[n] {
			add(fmt.Sprintf("%s.%d.name", field, i), n+" is there twice", "windows and tables are distinguished by names")
		}
		seen[name(each)] = true
	}
}
