package chaos

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

// Selector is which components a fault hits: those whose labels match every
// pair and every expression, thinned by the mode. The modes are those of Chaos
// Mesh.
type Selector struct {
	Labels      map[string]string
	Expressions []Expression
	Mode        string // one, all, fixed, fixed-percent, random-max-percent
	Value       string // a number for the last three modes
}

// Expression is a set-based requirement on one label.
type Expression struct {
	Key      string
	Operator string // In, NotIn, Exists, DoesNotExist
	Values   []string
}

// Empty reports whether the selector would match everything.
func (s Selector) Empty() bool { return len(s.Labels) == 0 && len(s.Expressions) == 0 }

// String lists the pairs and expressions.
func (s Selector) String() string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(s.Labels)) {
		all = append(all, key+": "+s.Labels[key])
	}
	for _, e := range s.Expressions {
		all = append(all, strings.TrimSpace(e.Key+" "+e.Operator+" "+strings.Join(e.Values, "|")))
	}
	return strings.Join(all, ", ")
}

// Matches reports whether the labels satisfy every pair and expression.
func (s Selector) Matches(labels map[string]string) bool {
	for key, want := range s.Labels {
		if got, ok := labels[key]; !ok || got != want {
			return false
		}
	}
	for _, e := range s.Expressions {
		if !e.matches(labels) {
			return false
		}
	}
	return true
}

func (e Expression) matches(labels map[string]string) bool {
	got, ok := labels[e.Key]
	switch e.Operator {
	case "In":
		return ok && slices.Contains(e.Values, got)
	case "NotIn": // as in Kubernetes: an absent label is not in the set
		return !ok || !slices.Contains(e.Values, got)
	case "Exists":
		return ok
	case "DoesNotExist":
		return !ok
	}
	return false
}

// ErrEmptySelector is returned for a selector that would match everything: the
// blast radius of a fault is always written down.
var ErrEmptySelector = errors.New("the selector is empty and would match every component")

// Select returns the components that the selector hits, in the order given. The
// same source of randomness gives the same choice. It fails when the selector is
// empty, when nothing matches, and when the mode leaves nothing.
func (s Selector) Select(components []Component, random *rand.Rand) ([]Component, error) {
	if s.Empty() {
		return nil, ErrEmptySelector
	}
	var matched []Component
	for _, c := range components {
		if s.Matches(c.Labels) {
			matched = append(matched, c)
		}
	}
	if len(matched) == 0 {
		return nil, fmt.Errorf("no component has the labels of the selector (%s)", s)
	}
	count, err := s.count(len(matched), random)
	if err != nil {
		return nil, err
	}
	if count == 0 {
		return nil, fmt.Errorf("mode %s with value %q leaves none of the %d matching components",
			s.Mode, s.Value, len(matched))
	}
	chosen := random.Perm(len(matched))[:count]
	slices.Sort(chosen)
	picked := make([]Component, 0, count)
	for _, i := range chosen {
		picked = append(picked, matched[i])
	}
	return picked, nil
}

// count is how many of n the mode takes. Percentages round down, as Chaos Mesh
// does, so that 50 % of one is none.
func (s Selector) count(n int, random *rand.Rand) (int, error) {
	switch s.Mode {
	case "one":
		return 1, nil
	case "all":
		return n, nil
	}
	value, err := strconv.Atoi(s.Value)
	if err != nil || value < 0 {
		return 0, fmt.Errorf("mode %q needs a number as value, not %q", s.Mode, s.Value)
	}
	if s.Mode != "fixed" && value > 100 {
		return 0, fmt.Errorf("mode %q takes at most 100 percent, not %d", s.Mode, value)
	}
	switch s.Mode {
	case "fixed":
		return min(value, n), nil
	case "fixed-percent":
		return n * value / 100, nil
	case "random-max-percent":
		return n * random.IntN(value+1) / 100, nil
	}
	return 0, fmt.Errorf("unknown mode %q: one, all, fixed, fixed-percent or random-max-percent", s.Mode)
}
