package run

import (
	"math"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/analyzer/stats/sequential"
)

// PrimaryLevel is the confidence level of the intervals that decide the primary questions.
// Every sentence about them holds with [Options.Level], however often the run was looked at:
// replicates {atMost: 10, until: decided} gives 0.9894 instead of 0.95.
//
// The boundary is Pocock's, for as many looks as the manifest allows. With atLeast the first
// look has more than its share of the information; the level then errs on the safe side.
func (r *Run) PrimaryLevel() float64 {
	r.primary.once.Do(func() {
		r.primary.level = r.Options.Level
		if s := r.Results.Manifest.Stopping; s != nil {
			r.primary.level = sequential.Level(s.Looks(), 1-r.Options.Level)
		}
	})
	return r.primary.level
}

// PriorOf is how much trials are taken to vary for a primary question about a setup (scope.Setup
// alone counts): what earlier runs of this lab showed when the run was made (results.Manifest.Priors), or otherwise.
func (r *Run) PriorOf(id string, scope finding.Scope, otherwise moderated.Prior) moderated.Prior {
	key := finding.PrimaryKey(id, scope.Setup)
	for _, p := range r.Results.Manifest.Priors {
		if p.Question == key && p.Tau > 0 && p.DF > 0 && !math.IsInf(p.Tau+p.DF, 0) {
			return moderated.Prior{Tau: p.Tau, DF: p.DF, Runs: p.Runs}
		}
	}
	return otherwise
}
