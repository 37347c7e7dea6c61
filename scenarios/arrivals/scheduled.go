package arrivals

import (
	"math/rand/v2"
	"slices"
	"time"
)

// scheduled lists the arrivals of appointments. Appointments are even on the profile. Each
// is kept early or late by a normal deviate with standard deviation [Schedule.Lateness].
// An arrival before the start or after the end is moved to the start or just before the
// end, so that the number of arrivals is that of the appointments.
//
// Source: the model of punctuality of Jouini & Benjaafar, "Appointment scheduling with
// non-punctual arrivals", IFAC 42 (2009) 235-239.
func (s Schedule) scheduled() []time.Duration {
	rng := rand.New(rand.NewPCG(s.Seed, 0xd1b54a32d192ed03)) // reproducible on purpose
	end := s.Profile.Duration() - 1
	even := Schedule{Kind: Even, Profile: s.Profile}
	var times []time.Duration
	for _, slot := range even.All() {
		late := time.Duration(rng.NormFloat64() * float64(s.Lateness))
		times = append(times, min(max(slot+late, 0), end))
	}
	slices.Sort(times)
	return times
}
