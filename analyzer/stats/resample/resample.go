// Package resample draws the samples of a bootstrap as positions, so that what
// belongs together (a step's runs, a pair's halves) is drawn together.
//
// Source: Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapter 6.
package resample

import "math/rand/v2"

// All are the positions of a sample as it is: 0 to n-1.
func All(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// Draw are n positions of n, drawn with replacement.
func Draw(n int, random *rand.Rand) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = random.IntN(n)
	}
	return out
}
