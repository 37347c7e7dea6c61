package analyzer

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/results"
)

// Side is one of two things to compare: the trials of a setup in one run or several.
type Side struct {
	Name  string // as the reader knows it
	Runs  []*results.Run
	Setup string // empty: the only one of the runs
}

// Versus sets side B against side A. Lower is better in every row.
type Versus struct {
	A           string       `json:"a"`
	B           string       `json:"b"`
	Verdict     Verdict      `json:"verdict"`
	Reason      string       `json:"reason"`
	Paired      bool         `json:"paired"` // trials with the same arrivals form pairs
	Differences []Difference `json:"differences"`
	Rows        []VersusRow  `json:"rows"`
	Notes       []string     `json:"notes"`
}

// Difference is something in which the manifests of the two sides differ.
type Difference struct {
	What string `json:"what"`
	A    string `json:"a"`
	B    string `json:"b"`
}

// VersusRow compares one journey of the abiding tenants in one kind of window. The
// trial is the unit: n of a ratio counts trials or pairs of them.
type VersusRow struct {
	Journey    string          `json:"journey"`
	Window     string          `json:"window"`
	Primary    bool            `json:"primary"` // declared beforehand: calm windows; Holm runs over these
	Quantile   string          `json:"quantile"`
	ValueA     Quantity        `json:"value_a"`
	ValueB     Quantity        `json:"value_b"`
	Ratio      Quantity        `json:"ratio"`      // B/A
	Shift      Quantity        `json:"shift"`      // s, Hodges-Lehmann, B less A
	P          Quantity        `json:"p"`          // adjusted: Holm among the primary, Benjamini-Hochberg among the others
	Detectable Quantity        `json:"detectable"` // least ratio that these trials would have shown, four times in five
	Effect     string          `json:"effect"`     // in words
	Curve      []compare.Shift `json:"curve"`      // B less A at each quantile, s, with a simultaneous band
	Dominance  string          `json:"dominance"`
	Verdict    Verdict         `json:"verdict"`
	Words      string          `json:"words"`

	p    float64
	runs compare.Ratio
}

// Compare sets two sides against each other, trial by trial:
//
//  1. say what differs in their manifests;
//  2. reduce every trial to a percentile of each journey, calm and otherwise;
//  3. pair trials that had the same arrivals, else compare them unpaired;
//  4. ratio and shift with intervals, p held for all primary rows together (Holm);
//  5. no worse by more than the margin (non-inferiority) passes; certainly slower and
//     not certainly within the margin fails; anything else is undecided, and what
//     could have been seen is said.
func Compare(a, b Side, opts Options) (*Versus, error) {
	opts = opts.orDefaults()
	sa, errA := opened(a, opts)
	sb, errB := opened(b, opts)
	if err := errors.Join(errA, errB); err != nil {
		return nil, err
	}
	v := &Versus{A: a.Name, B: b.Name, Differences: differences(a, b), Notes: slices.Concat(sa.notes, sb.notes)}
	v.Paired = samePlan(sa, sb)
	if !v.Paired {
		v.Notes = append(v.Notes, "The trials of the two sides had different arrivals: they are compared unpaired.")
	}
	random := rand.New(rand.NewPCG(sa.seed, sb.seed)) //nolint:gosec // reproducible on purpose
	for _, window := range sharedWindows(sa, sb) {
		for _, journey := range sharedJourneys(sa, sb) {
			if row, ok := versusRow(sa, sb, journey, window, v.Paired, opts, random); ok {
				v.Rows = append(v.Rows, row)
			}
		}
	}
	v.adjust(opts)
	v.decide(sa, sb, opts)
	return v, nil
}

// adjust holds p for the rows together.
func (v *Versus) adjust(opts Options) {
	for _, primary := range []bool{true, false} {
		var at []int
		var ps []float64
		for i := range v.Rows {
			if v.Rows[i].Primary == primary && !math.IsNaN(v.Rows[i].p) {
				at, ps = append(at, i), append(ps, v.Rows[i].p)
			}
		}
		adjusted, how := compare.Holm(ps), "two-sided, Holm over the primary rows"
		if !primary {
			adjusted, how = compare.BenjaminiHochberg(ps), "two-sided, Benjamini-Hochberg over the secondary rows"
		}
		for k, i := range at {
			v.Rows[i].P = number(adjusted[k], "", how, v.Rows[i].runs.N)
		}
	}
	for i := range v.Rows {
		v.Rows[i].judge(opts)
	}
}

// decide is the verdict over the primary rows.
func (v *Versus) decide(sa, sb measured, opts Options) {
	var worse, open []string
	n := 0
	for _, row := range v.Rows {
		if !row.Primary {
			continue
		}
		n++
		switch row.Verdict {
		case Fail:
			worse = append(worse, row.Words)
		case Inconclusive:
			open = append(open, row.Words)
		}
	}
	switch {
	case len(sa.invalid)+len(sb.invalid) > 0:
		v.Verdict, v.Reason = Invalid, "A run is invalid: "+joined(append(slices.Clone(sa.invalid), sb.invalid...), 2)
	case n == 0:
		v.Verdict, v.Reason = Inconclusive, "The two have no journey in a calm window in common."
	case len(worse) > 0:
		v.Verdict, v.Reason = Fail, worse[0]
	case len(open) > 0:
		v.Verdict, v.Reason = Inconclusive, fmt.Sprintf("%d of %d primary comparisons are undecided: %s", len(open), n, open[0])
	default:
		v.Verdict = Pass
		v.Reason = fmt.Sprintf("B is certainly no more than %.3g %% slower than A in all of %d primary comparisons.",
			100*(opts.Margin-1), n)
	}
}
