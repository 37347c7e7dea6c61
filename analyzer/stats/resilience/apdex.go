package resilience

import "math"

// Apdex is (satisfied + tolerating/2) / all: satisfied within t, tolerating within
// 4t, everything else frustrated, above all what was never served (+Inf). NaN for
// an empty sample or t <= 0.
//
// Source: Apdex Alliance, Application Performance Index technical specification
// 1.1 (2007).
func Apdex(latencies []float64, t float64) float64 {
	if len(latencies) == 0 || !(t > 0) {
		return math.NaN()
	}
	score := 0.0
	for _, v := range latencies {
		switch {
		case v <= t:
			score++
		case v <= 4*t:
			score += 0.5
		}
	}
	return score / float64(len(latencies))
}
