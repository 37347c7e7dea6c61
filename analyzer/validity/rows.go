package validity

import (
	"fmt"
	"slices"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
)

// rowsSound is VAL-011 for one trial: rows that end before they start, that last
// longer than a record holds, or that are recorded more than once, are no measurements.
func rowsSound(t *run.Trial) []finding.Finding {
	var because []string
	if t.Backward > 0 {
		because = append(because, fmt.Sprintf("Rows that end before they start: %s.", finding.Count(t.Backward)))
	}
	if t.Endless > 0 {
		because = append(because, fmt.Sprintf("Rows that last longer than 71 min, the longest that can be judged: %s.",
			finding.Count(t.Endless)))
	}
	if t.Repeated > 0 {
		because = append(because, fmt.Sprintf("Journeys that are recorded more than once: %s.", finding.Count(t.Repeated)))
	}
	if len(because) == 0 {
		return nil
	}
	return []finding.Finding{finding.New("VAL-011", finding.Invalid, finding.Scope{Setup: t.Setup, Trial: t.Name}, because...)}
}

// copies is VAL-011 for trials that recorded the same: a copy is no replicate.
func copies(r *run.Run) []finding.Finding {
	var all []finding.Finding
	first := map[uint64]string{}
	for _, t := range r.Trials {
		mark := t.Fingerprint()
		if mark == 0 {
			continue
		}
		if name, there := first[mark]; there {
			all = append(all, finding.New("VAL-011", finding.Invalid, finding.Scope{Setup: t.Setup, Trial: t.Name},
				fmt.Sprintf("It recorded the same as trial %s: a copy is not a replicate.", name)))
			continue
		}
		first[mark] = t.Name
	}
	return all
}

// damaged is the remedy for a file that is not as it was recorded.
const damaged = "Find what edited or cut the files of the run, and record it again."

// planComplete is VAL-005 for trials that the plan has and the run does not. Replicates that
// were left out because the run stopped by its own rule are not missing.
func planComplete(r *run.Run) []finding.Finding {
	var all []finding.Finding
	var missing []string
	if s := r.Results.Manifest.Stopping; s != nil && s.Reason != "" {
		all = append(all, finding.New("VAL-005", finding.Info, finding.Scope{},
			fmt.Sprintf("The run ended after %d of at most %s: %s", s.Replicates, finding.Plural(s.AtMost, "replicate"), s.Reason),
			fmt.Sprintf("The primary questions were looked at up to %s, each time with intervals at %s. Over all looks together the "+
				"chance of a false claim is at most %s.", finding.Plural(s.Looks(), "time"), finding.Share(r.PrimaryLevel()),
				finding.Share(1-r.Options.Level))))
	}
	if err := r.Results.PlanErr; err != nil {
		f := finding.New("VAL-005", finding.Inconclusive, finding.Scope{},
			fmt.Sprintf("plan.json cannot be read, so that nothing shows whether trials are missing: %s.", err))
		f.Remedy = damaged
		all = append(all, f)
	}
	for _, name := range r.Results.Planned {
		if !slices.ContainsFunc(slices.Concat(r.Trials, r.Twins), func(t *run.Trial) bool { return t.Name == name }) {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return all
	}
	return append(all, finding.New("VAL-005", finding.Inconclusive, finding.Scope{},
		fmt.Sprintf("The plan has %s that the run does not have: %s.", finding.Plural(len(missing), "trial"),
			finding.List(missing, 6))))
}
