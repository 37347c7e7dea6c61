package validity_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/testing/synthetic"
	"example.org/odooharness/results"
)

// What is known about a fault decides VAL-003 and VAL-004, in these words. The plan has it
// from 40 s to 44 s.
func TestProofOfTheFault(t *testing.T) {
	t.Parallel()
	at := func(s float64) *results.Offset { o := synthetic.At(s); return &o }
	for name, c := range map[string]struct {
		change    func(*results.Injection)
		effect    finding.Verdict
		because   []string
		recovered finding.Verdict
		gone      []string
	}{
		"shown": {func(in *results.Injection) { in.ProofKind = results.ProofShown },
			finding.Pass, []string{"pg was in effect 0 s after it was requested: refused."},
			finding.Pass, []string{"pg recovered: answers."}},
		"noted": {func(in *results.Injection) { in.ProofKind, in.Driver = results.ProofNoted, "chaos-mesh" },
			finding.Pass, []string{"pg was in effect 0 s after it was requested: refused.",
				"Only Chaos Mesh noted this effect. No check of the harness saw it."},
			finding.Pass, []string{"pg recovered: answers."}},
		"lost": {func(in *results.Injection) { in.Lost, in.LostWhy = at(41), "pod odoo-0 was deleted" },
			finding.Invalid, []string{"The effect of pg was lost 1 s after it began: pod odoo-0 was deleted. " +
				"The rest of its window shows nothing about the fault.", "pg was in effect 0 s after it was requested: refused."},
			finding.Info, []string{"The effect of pg was lost 1 s after it began: pod odoo-0 was deleted. " +
				"It was not the removal that ended it.", "pg recovered: answers."}},
		"late": {func(in *results.Injection) { in.InEffect = at(42.5) },
			finding.Pass, []string{"pg was in effect 2.5 s after it was requested: refused.",
				"It was late: in effect 2.5 s after its planned moment."},
			finding.Pass, []string{"pg recovered: answers."}},
		"after its window": {func(in *results.Injection) {
			in.Requested, in.Injected, in.InEffect, in.Removing, in.Removed, in.Recovered = 0, at(54), at(54.4), at(55), at(55), at(55.5)
			in.Requested = *at(54)
		},
			finding.Invalid, []string{"pg was in effect 14.4 s after its planned moment, when its planned window had ended.",
				"pg was in effect 400 ms after it was requested: refused."},
			finding.Pass, []string{"pg recovered: answers."}},
	} {
		p := synthetic.Calm(3)
		p.Setups, p.Replicates = []string{"one"}, 1
		p.Mangle = func(_ *results.Trial, all []results.Injection, _ *[]results.Sample) {
			all[0].Proof, all[0].GoneProof = "refused", "answers"
			all[0].InEffect = &all[0].Requested
			c.change(&all[0])
		}
		j := p.Judge()
		shown, gone := synthetic.Finding(t, j, "VAL-003"), synthetic.Finding(t, j, "VAL-004")
		if shown.Verdict != c.effect || !cmp.Equal(shown.Because, c.because) {
			t.Errorf("%s: %s %s", name, shown.Verdict, cmp.Diff(c.because, shown.Because))
		}
		if gone.Verdict != c.recovered || !cmp.Equal(gone.Because, c.gone) {
			t.Errorf("%s: %s %s", name, gone.Verdict, cmp.Diff(c.gone, gone.Because))
		}
	}
}
