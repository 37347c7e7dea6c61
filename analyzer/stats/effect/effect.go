package effect

import "math"

// Effect is what one trial shows.
type Effect struct {
	// Log is ln(other/reference). +Inf: only the other side was not served often
	// enough. -Inf: only the reference was not. NaN: not known, Why has the reason.
	Log float64
	// Var is the variance of Log within the trial. It knows nothing of how much
	// trials vary.
	Var float64
	// P is how likely so many unserved arrivals are when both sides are served
	// alike, two-sided. It is set where Log is infinite, and NaN elsewhere.
	P   float64
	Why string
}

// Known reports whether the effect has a value, possibly an infinite one.
func (e Effect) Known() bool { return !math.IsNaN(e.Log) }

// Ratio is other/reference.
func (e Effect) Ratio() float64 { return math.Exp(e.Log) }

// Unknown is an effect that cannot be determined.
func Unknown(why string) Effect {
	return Effect{Log: math.NaN(), Var: math.NaN(), P: math.NaN(), Why: why}
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
