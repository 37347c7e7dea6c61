package versus

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/results"
)

// Side is one side of a comparison: the trials of a setup in one run or several.
type Side struct {
	Name  string // for the reader
	Runs  []*results.Run
	Setup string // empty: the only one of the runs
}

// Comparison compares side B with side A. Lower is better in every row.
type Comparison struct {
	A           string          `json:"a"`
	B           string          `json:"b"`
	Verdict     finding.Verdict `json:"verdict"`
	Reason      string          `json:"reason"`
	Paired      bool            `json:"paired"` // trials with the same arrivals formed pairs
	Differences []Difference    `json:"differences"`
	Rows        []Row           `json:"rows"`
	Notes       []string        `json:"notes"`
}

// Difference is a fact in which the manifests of the two sides differ.
type Difference struct {
	What string `json:"what"`
	A    string `json:"a"`
	B    string `json:"b"`
}

// Row compares one journey of the abiding tenants in one window. The trial is the unit: n
// of a ratio counts trials or pairs of trials.
type Row struct {
	Journey    string           `json:"journey"`
	Window     string           `json:"window"`
	Measure    string           `json:"measure"` // latency; or served, the share of arrivals, whose difference is the shift
	Primary    bool             `json:"primary"` // declared beforehand: calm windows
	Quantile   string           `json:"quantile"`
	ValueA     finding.Quantity `json:"value_a"`
	ValueB     finding.Quantity `json:"value_b"`
	Ratio      finding.Quantity `json:"ratio"`      // B/A
	Shift      finding.Quantity `json:"shift"`      // s, Hodges-Lehmann, B less A
	P          finding.Quantity `json:"p"`          // adjusted: Holm over primary rows, Benjamini-Hochberg over the others
	Detectable finding.Quantity `json:"detectable"` // least ratio that these trials detect with a power of 0.8
	Effect     string           `json:"effect"`     // size in words
	Curve      []compare.Shift  `json:"curve"`      // B less A at each quantile, s, with a simultaneous band
	Dominance  string           `json:"dominance"`
	Verdict    finding.Verdict  `json:"verdict"`
	Words      string           `json:"words"`

	p    float64
	runs compare.Ratio
}

// noCopies returns an error for two trials with the same records: a run that is named twice,
// or its copy, is no further evidence.
func noCopies(sides ...measured) error {
	first := map[uint64]sideTrial{}
	for _, side := range sides {
		for _, t := range side.trials {
			other, there := first[t.mark]
			if there && t.mark != 0 {
				return fmt.Errorf("compare: trial %s of %s and trial %s of %s recorded the same: name each run once, and no copies",
					other.trial.Name, other.run, t.trial.Name, t.run)
			}
			first[t.mark] = t
		}
	}
	return nil
}

// Compare compares two sides, trial by trial. It returns an error when a side has several
// setups and none is named, when it lacks the named one, and for copies of a trial.
func Compare(a, b Side, opts run.Options) (*Comparison, error) {
	opts = opts.OrDefaults()
	sa, errA := opened(a, opts)
	sb, errB := opened(b, opts)
	if err := errors.Join(errA, errB, noCopies(sa, sb)); err != nil {
		return nil, err
	}
	v := &Comparison{A: a.Name, B: b.Name, Differences: differencesOf(a, b), Notes: slices.Concat(sa.notes, sb.notes)}
	v.Paired = samePlan(sa, sb)
	if !v.Paired {
		v.Notes = append(v.Notes, "The trials of the two sides have different arrivals: the comparison is unpaired.")
	}
	random := rand.New(rand.NewPCG(sa.seed, sb.seed)) // reproducible on purpose
	for _, window := range sharedWindows(sa, sb) {
		for _, journey := range sharedJourneys(sa, sb) {
			if row, ok := rowOf(sa, sb, journey, window, v.Paired, opts, random); ok {
				v.Rows = append(v.Rows, row)
			}
		}
		if row, ok := servedRow(sa, sb, window, v.Paired, opts); ok {
			v.Rows = append(v.Rows, row)
		}
	}
	v.adjust(opts)
	v.decide(sa, sb, opts)
	return v, nil
}

// adjust adjusts the p values of the rows together, and judges each row.
func (v *Comparison) adjust(opts run.Options) {
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
			v.Rows[i].P = finding.Number(adjusted[k], "", how, v.Rows[i].runs.N)
		}
	}
	for i := range v.Rows {
		v.Rows[i].judge(opts)
	}
}

// decide sets the verdict over the primary rows.
func (v *Comparison) decide(sa, sb measured, opts run.Options) {
	var worse, open []string
	n := 0
	for _, row := range v.Rows {
		if !row.Primary {
			continue
		}
		n++
		switch row.Verdict {
		case finding.Fail:
			worse = append(worse, row.Words)
		case finding.Inconclusive:
			open = append(open, row.Words)
		}
	}
	switch {
	case len(sa.invalid)+len(sb.invalid) > 0:
		v.Verdict, v.Reason = finding.Invalid, "A run is invalid: "+finding.List(append(slices.Clone(sa.invalid), sb.invalid...), 2)
	case n == 0:
		v.Verdict, v.Reason = finding.Inconclusive, "The two sides have no journey in a calm window in common."
	case len(worse) > 0:
		v.Verdict, v.Reason = finding.Fail, worse[0]
	case len(open) > 0:
		v.Verdict, v.Reason = finding.Inconclusive, fmt.Sprintf("%d of %s undecided: %s", len(open),
			finding.Plural(n, "primary comparison"), open[0])
	default:
		v.Verdict = finding.Pass
		v.Reason = fmt.Sprintf("B is certainly no more than %s slower than A in %s.", finding.Share(opts.Margin-1),
			finding.Plural(n, "primary comparison"))
	}
}
