package plan

import "example.org/odooharness/experiment/spec"

// slot is one place in the order of trials.
type slot struct {
	setup, replicate, position int
	twin                       bool
}

// slots interleaves the setups over the replicates. ABBA reverses the order in every
// second replicate, which cancels a linear drift of the machine. Over eight slots the
// bias of mean(B)-mean(A) per unit of drift is 4 for AAAABBBB, 1 for ABABABAB and 0 for
// ABBAABBA (docs/methods.md). A twin follows its trial.
func slots(e *spec.Experiment) []slot {
	var all []slot
	for replicate := 1; replicate <= e.Replicates; replicate++ {
		for i := range e.Setups {
			setup := i
			if e.Order == "ABBA" && replicate%2 == 0 {
				setup = len(e.Setups) - 1 - i
			}
			all = append(all, slot{setup: setup, replicate: replicate, position: len(all) + 1})
			if e.Twin && e.HasFaults(e.Setups[setup].Name) {
				all = append(all, slot{setup: setup, replicate: replicate, position: len(all) + 1, twin: true})
			}
		}
	}
	return all
}
