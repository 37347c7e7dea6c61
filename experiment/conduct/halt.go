package conduct

import (
	"fmt"
	"time"

	"example.org/odooharness/experiment/spec"
)

// haltWatch decides whether the halt condition holds: the share of failed steps was at
// least ErrorShare over every tick of the last For. Ticks without enough steps neither
// start nor end such a stretch, since an outage that answers nothing must not look
// healthy.
type haltWatch struct {
	rule       spec.Halt
	steps, bad int64
	since      time.Duration
	failing    bool
}

// minHaltSteps is the least number of steps that a tick is judged by.
const minHaltSteps = 5

// observe updates the watch and returns the reason to halt, or "".
func (h *haltWatch) observe(s Snapshot) string {
	bad := s.failed()
	steps, failed := s.Steps-h.steps, bad-h.bad
	if steps < minHaltSteps {
		return h.reason(s.Elapsed)
	}
	h.steps, h.bad = s.Steps, bad
	switch share := float64(failed) / float64(steps); {
	case share < h.rule.ErrorShare:
		h.failing = false
	case !h.failing:
		h.failing, h.since = true, s.Elapsed
	}
	return h.reason(s.Elapsed)
}

func (h *haltWatch) reason(now time.Duration) string {
	if !h.failing || now-h.since < h.rule.For {
		return ""
	}
	return fmt.Sprintf("halt condition: at least %.0f %% of the steps failed for %s", 100*h.rule.ErrorShare, h.rule.For)
}
