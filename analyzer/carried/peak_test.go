package carried

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/capacity"
	"example.org/odooharness/analyzer/stats/level"
	"example.org/odooharness/results"
)

// The deciding sentence of a peak comes first, and no probability contradicts it: not above
// the ladder, not beyond a broken step, and not for documents that the scenario does not make.
func TestPeakWords(t *testing.T) {
	t.Parallel()
	row := func(why string, peaks map[results.Op]float64, made float64) Row {
		r := Row{P95: 4, Steps: []Step{{Level: 1, Rate: 10, State: capacity.Kept}, {Level: 2, Rate: 20, State: capacity.Broken, Why: why}},
			Carried: finding.Number(10, "1/s", "", 3), Stopped: why}
		r.Documents = documents(r, map[results.Op]float64{results.OpOrder: made}, peaks)
		return r
	}
	for name, c := range map[string]struct {
		row     Row
		peak    finding.Quantity
		carries finding.Quantity
		verdict finding.Verdict
		want    []string
	}{
		"carried": {row("5 % errors", map[results.Op]float64{results.OpOrder: 1800}, 0.1), finding.Number(5, "1/s", "", 3),
			finding.Number(0.99, "share", "", 3), finding.Pass, []string{"order: 3,600 an hour carried, 100 % above the forecast of 1,800.",
				"The peak is carried with a probability of 99 %, over the spread of forecast and trials."}},
		"broken": {row("5 % errors", map[results.Op]float64{results.OpOrder: 9000}, 0.1), finding.Number(25, "1/s", "", 3),
			finding.None("share", "", 3, "the peak lies above the ladder"), finding.Fail, []string{
				"The peak needs 25 arrivals a second. 20 are not carried: 5 % errors.", "order: 3,600 an hour carried, 60 % below the forecast of 9,000."}},
		"between": {row("5 % errors", map[results.Op]float64{results.OpOrder: 5400}, 0.1), finding.Number(15, "1/s", "", 3),
			finding.Number(0.5, "share", "", 3), finding.Inconclusive, []string{
				"The peak of 15 arrivals a second lies between the carried load and the broken step of 20: add steps there.",
				"order: 3,600 an hour carried, 33.3 % below the forecast of 5,400.",
				"The peak is carried with a probability of 50 %, over the spread of forecast and trials."}},
		"nobody makes it": {row("5 % errors", map[results.Op]float64{results.OpPay: 100}, 0.1),
			finding.None("1/s", "", 3, "the scenario does not make the documents of the forecast"), finding.None("share", "", 3, ""), finding.Inconclusive,
			[]string{"The rate of the peak is not known: the scenario does not make the documents of the forecast.",
				"pay: forecast 100 an hour, but the scenario makes none."}},
	} {
		c.row.Peak, c.row.Carries = c.peak, c.carries
		f := peakCarried(finding.Scope{}, c.row)
		if diff := cmp.Diff(c.want, f.Because); f.Verdict != c.verdict || diff != "" {
			t.Errorf("%s is %s, want %s (-want +got):\n%s", name, f.Verdict, c.verdict, diff)
		}
	}
	undecided := Row{Documents: []Document{{Document: "order", Peak: 10, Headroom: finding.None("share", "", 0, "")}}}
	if got := headroomWords(undecided.Documents[0], false); got != "order: forecast 10 an hour, no step is decided." {
		t.Error(got)
	}
	if got := headroomWords(undecided.Documents[0], true); got != "order: forecast 10 an hour, no step was carried." {
		t.Error(got)
	}
}

// A peak above the ladder has no probability, also when the highest step is broken.
func TestNoProbabilityAboveTheLadder(t *testing.T) {
	t.Parallel()
	share := level.ShareOf([]level.Counted{{Good: 999, Offered: 1000, Time: 1}}, level.DefaultShare())
	ladder := capacity.NewLadder([]capacity.Step{{Level: 1, Rate: 10, State: capacity.Kept, Within: share},
		{Level: 2, Rate: 20, State: capacity.Broken, Why: "a growing queue", Unseen: true, Within: share}}, 0.95)
	of := func(orders float64) finding.Quantity {
		_, carries := carriesPeak(ladder, map[results.Op]float64{results.OpOrder: 1}, results.Capacity{Peak: map[results.Op]float64{results.OpOrder: orders}}, 1)
		return carries
	}
	if q := of(1e9); !q.Missing || q.Warnings[0] != "the peak lies above the ladder" {
		t.Errorf("a peak of a billion orders is carried with %+v", q)
	}
	if q := of(20 * 3600); q.Missing || q.Value > 0.0501 {
		t.Errorf("a peak at the broken step is carried with %+v", q)
	}
}
