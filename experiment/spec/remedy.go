package spec

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// remedyFile is a variant of a setup. Its options lie on top of those of the setup.
type remedyFile struct {
	Name  string   `yaml:"name"`
	About string   `yaml:"about"`
	Of    string   `yaml:"of"`
	For   []string `yaml:"for"`
}

// answered are the findings that a remedy is for, where the file lists none: those that
// advise to separate tenants.
func answered() []string { return []string{"ISO-001", "ISO-002", "SLO-001", "SLO-002"} }

// addRemedies makes a setup of each remedy.
func (e *Experiment) addRemedies(doc *file.Document, f experimentFile) error {
	var problems file.Problems
	known := map[string]bool{}
	for _, s := range e.Setups {
		known[s.Name] = true
	}
	for i, r := range f.Remedies {
		at := fmt.Sprintf("remedies.%d", i)
		base := slices.IndexFunc(e.Setups, func(s Setup) bool { return s.Name == cmp.Or(r.Of, e.Setups[0].Name) })
		switch {
		case base < 0:
			problems = append(problems, doc.Problem(at+".of", "there is no setup "+r.Of, "setups are "+file.Known(known)))
			continue
		case e.Setups[base].doc == nil:
			continue // the setup's file could not be read, which is a problem of its own
		case e.Setups[base].Lab == nil:
			problems = append(problems, doc.Problem(at, "setup "+e.Setups[base].Name+" is no lab: the harness cannot change it",
				"change it yourself, and list the changed one in setups:"))
			continue
		}
		setup, err := e.Setups[base].variant(doc, at, r.Name)
		problems.Collect(e.Path, err)
		e.Setups = append(e.Setups, setup)
		answers := r.For
		if len(answers) == 0 {
			answers = answered()
		}
		e.Remedies = append(e.Remedies, results.Remedy{Name: r.Name, Of: e.Setups[base].Name, About: r.About, For: answers})
	}
	return problems.Err()
}

// variant is the setup with the options of a remedy on top. Its digest is that of both.
func (s *Setup) variant(doc *file.Document, at, name string) (Setup, error) {
	v := Setup{Path: s.Path}
	over, err := doc.Overlay(s.doc, at, "setup", []string{"tenancy", "lab", "cost"})
	if err != nil {
		v.Name, v.Tenants = name, s.Tenants // what refers to it is no further problem
		return v, err
	}
	if err := over.Decode(&v); err != nil {
		return v, err
	}
	sum := sha256.Sum256([]byte(s.Input.SHA256 + fmt.Sprintf("%s %+v %+v", v.Tenancy, *v.Lab, v.Cost)))
	v.Name, v.doc, v.Input = name, over, results.Input{Path: s.Path, SHA256: hex.EncodeToString(sum[:])}
	return v, v.check(over).Err()
}

// BaseOf is the setup that another one is compared with: the one that it changes as a
// remedy, else the first.
func (e *Experiment) BaseOf(setup string) string {
	for _, r := range e.Remedies {
		if r.Name == setup {
			return r.Of
		}
	}
	return e.Setups[0].Name
}

// Only keeps some of the setups and remedies by name. A remedy needs the setup that it
// changes.
func (e *Experiment) Only(names []string) error {
	if len(names) == 0 {
		return nil
	}
	known := map[string]bool{}
	for _, s := range e.Setups {
		known[s.Name] = true
	}
	for _, name := range names {
		if !known[name] {
			return fmt.Errorf("there is no setup or remedy %s: write some of %s", name, file.Known(known))
		}
	}
	for _, r := range e.Remedies {
		if slices.Contains(names, r.Name) && !slices.Contains(names, r.Of) {
			return fmt.Errorf("remedy %s is compared with %s: name that, too", r.Name, r.Of)
		}
	}
	e.Setups = slices.DeleteFunc(e.Setups, func(s Setup) bool { return !slices.Contains(names, s.Name) })
	e.Remedies = slices.DeleteFunc(e.Remedies, func(r results.Remedy) bool { return !slices.Contains(names, r.Name) })
	return nil
}
