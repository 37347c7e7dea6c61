package experiment

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"

	"example.org/odooharness/results"
)

// crossCheck holds the files against each other.
func (e *Experiment) crossCheck(doc *document) Problems {
	var problems Problems
	add := func(path []string, what, remedy string) {
		problems = append(problems, Problem{File: e.Path, Line: doc.line(path), Field: join(path), What: what, Remedy: remedy})
	}
	setups := map[string]bool{}
	for i, s := range e.Setups {
		if s.Name == "" {
			continue // could not be read, which has been said
		}
		if setups[s.Name] {
			add([]string{"setups", itoa(i)}, "two setups are named "+s.Name, "a name is how the report tells them apart")
		}
		setups[s.Name] = true
		have := map[string]bool{}
		for _, t := range s.Tenants {
			have[t.Name] = true
		}
		for _, name := range sortedKeys(e.Tenants) {
			if !have[name] {
				add([]string{"tenants", name}, "setup "+s.Name+" has no tenant "+name, s.Path+" lists "+known(have))
			}
		}
	}
	uniqueNames(e.Scenarios, func(s Scenario) string { return s.Name }, "scenarios", add)
	uniqueNames(e.Faults, func(f Fault) string { return f.Name }, "faults", add)
	uniqueNames(e.Drills, func(d Drill) string { return d.Name }, "changes", add)
	for _, d := range e.Drills {
		for _, name := range d.Setups {
			if !setups[name] {
				add([]string{d.Kind}, "there is no setup "+name, "setups are "+known(setups))
			}
		}
	}
	for i, f := range e.Faults {
		for _, name := range f.Setups {
			if !setups[name] {
				add([]string{"faults", itoa(i), "setups"}, "there is no setup "+name, "setups are "+known(setups))
			}
		}
	}
	return problems
}

func uniqueNames[T any](list []T, name func(T) string, field string, add func([]string, string, string)) {
	seen := map[string]bool{}
	for i, each := range list {
		if n := name(each); n != "" && seen[n] {
			add([]string{field, itoa(i), "name"}, n+" is there twice", "names tell windows and tables apart")
		}
		seen[name(each)] = true
	}
}

// addInput records the digest of a file that shapes the run.
func addInput(path string, inputs *[]results.Input) error {
	data, err := os.ReadFile(path)
	if err != nil {
		if cause := errors.Unwrap(err); cause != nil {
			return cause
		}
		return err
	}
	sum := sha256.Sum256(data)
	*inputs = append(*inputs, results.Input{Path: path, SHA256: hex.EncodeToString(sum[:])})
	return nil
}

func orElse[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func itoa(i int) string { return strconv.Itoa(i) }

func join(path []string) string { return strings.Join(path, ".") }
