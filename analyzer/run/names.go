package run

import (
	"cmp"
	"math"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// Dictionary numbers the names that records refer to.
type Dictionary struct{ Tenants, Journeys, Steps, Outcomes *Names }

func newDictionary() Dictionary {
	d := Dictionary{Tenants: newNames(), Journeys: newNames(), Steps: newNames(), Outcomes: newNames()}
	for _, o := range results.Outcomes() {
		d.Outcomes.number(string(o))
	}
	return d
}

// Names numbers strings in the order in which they appear.
type Names struct {
	List  []string
	Index map[string]uint16
	first []firstRow // by number: of the rows with the name
}

// firstRow is the place of a row among those of a trial: by scenario, then by its end.
type firstRow struct {
	scenario string
	ended    int64
}

func (f firstRow) compare(o firstRow) int {
	if f.scenario != o.scenario {
		return cmp.Compare(f.scenario, o.scenario)
	}
	return cmp.Compare(f.ended, o.ended)
}

func newNames() *Names { return &Names{Index: map[string]uint16{}} }

// Len returns how many names there are.
func (n *Names) Len() int { return len(n.List) }

// number returns the number of a name. Beyond 65,535 names, which no sound run has, the
// rest share the last number.
func (n *Names) number(s string) uint16 {
	at, ok := n.Index[s]
	if !ok {
		if len(n.List) > math.MaxUint16 {
			return math.MaxUint16
		}
		at = uint16(len(n.List))
		n.Index[s] = at
		n.List = append(n.List, s)
		n.first = append(n.first, firstRow{scenario: "\xff"}) // after every other
	}
	return at
}

// seen notes a row with a name.
func (n *Names) seen(number uint16, row firstRow) {
	if row.compare(n.first[number]) < 0 {
		n.first[number] = row
	}
}

// byFirst returns the names in the order of their first rows.
func (n *Names) byFirst() []string {
	list := slices.Clone(n.List)
	slices.SortStableFunc(list, func(a, b string) int {
		return cmp.Or(n.first[n.Index[a]].compare(n.first[n.Index[b]]), cmp.Compare(a, b))
	})
	return list
}

// numbers returns the number of each name of a list.
func (n *Names) numbers(list []string) []uint16 {
	out := make([]uint16, len(list))
	for i, name := range list {
		out[i] = n.number(name)
	}
	return out
}

// AppendNew appends a string unless the list has it.
func AppendNew[S ~string](list []S, s S) []S {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// BySetup judges each setup of a run, and returns the rows and findings of all.
func BySetup[R any](r *Run, judge func(r *Run, setup string) ([]R, []finding.Finding)) (rows []R, all []finding.Finding) {
	for _, setup := range r.Setups {
		of, findings := judge(r, setup)
		rows, all = append(rows, of...), append(all, findings...)
	}
	return rows, all
}
