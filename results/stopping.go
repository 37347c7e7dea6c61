package results

// Stopping is how a run ends whose primary questions are looked at after each replicate.
type Stopping struct {
	AtLeast    int     `json:"at_least"`             // replicates before the first look
	AtMost     int     `json:"at_most"`              // replicates
	Alpha      float64 `json:"alpha"`                // chance of a false claim over all looks together
	Replicates int     `json:"replicates,omitempty"` // that were run; 0 while the run goes on
	Reason     string  `json:"reason,omitempty"`     // why the run ended then, as a sentence; empty while it goes on
}

// mostLooks bounds what a damaged manifest may claim. The schema of experiments allows as
// many replicates.
const mostLooks = 100

// Looks is how often the primary questions may be looked at, 1 to 100.
func (s *Stopping) Looks() int {
	return min(max(min(s.AtMost, mostLooks)-max(s.AtLeast, 1)+1, 1), mostLooks)
}

// Early reports whether the run ended by itself before its last replicate.
func (s *Stopping) Early() bool { return s != nil && s.Reason != "" && s.Replicates < s.AtMost }

// Prior is how much trials varied in earlier runs of this lab, for one primary question. It
// is fixed before the run is judged for the first time, and kept in the manifest, so that
// the run is judged in the same way anywhere.
type Prior struct {
	Question string  `json:"question"` // id of the finding and its setup, e.g. "ISO-001 multi-tenant"
	Tau      float64 `json:"tau"`      // standard deviation of the logarithm between trials
	DF       float64 `json:"df"`       // degrees of freedom that it is known with
	Runs     int     `json:"runs"`     // earlier runs that it comes from
	// Within is the mean variance of the logarithm within trials, for forecasts; 0: not known.
	Within float64 `json:"within,omitempty"`
}
