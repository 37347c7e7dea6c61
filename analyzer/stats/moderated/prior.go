package moderated

import "fmt"

// Prior is what is known of how much trials vary before any was run.
type Prior struct {
	Tau  float64 // standard deviation of the log-ratio between trials beyond chance within them, e.g. 0.15
	DF   float64 // d0: so many degrees of freedom is Tau known with
	Runs int     // earlier runs that it comes from, 0: an assumption
}

// The assumption where no history is at hand.
const (
	assumedTau  = 0.15
	assumedDF   = 4
	switchDF    = 8
	leastTau    = 0.05 // no lab is taken to be steadier
	mostDF      = 20   // a history of other days is no perfect witness of today
	leastGroups = 3
)

// Default is the assumption for trials of one window a condition: trials vary by 15 %,
// known with 4 degrees of freedom.
func Default() Prior { return Prior{Tau: assumedTau, DF: assumedDF} }

// Switchback is the assumption for trials whose conditions alternate in eight blocks:
// 15 %, known with 8 degrees of freedom, since what changes within a trial is seen in
// its blocks.
func Switchback() Prior { return Prior{Tau: assumedTau, DF: switchDF} }

// String words the assumption, e.g. "assuming that trials vary by 15 %".
func (p Prior) String() string {
	if p.Runs > 0 {
		return fmt.Sprintf("trials vary by %.2g %%, from %d earlier runs", 100*p.Tau, p.Runs)
	}
	return fmt.Sprintf("assuming that trials vary by %.2g %%", 100*p.Tau)
}
