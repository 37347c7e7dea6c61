package arrivals

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// docks is one truck every 10 s for ten minutes: 60 appointments.
func docks(lateness time.Duration) Schedule {
	return Schedule{Kind: Scheduled, Seed: 7, Lateness: lateness,
		Profile: Profile{Start: 0.1, Stages: []Stage{{10 * time.Minute, 0.1}}}}
}

// Trucks without lateness come at the middle of their slots, as even arrivals do.
func TestPunctualAppointmentsAreEven(t *testing.T) {
	even := docks(0)
	even.Kind = Even
	if diff := cmp.Diff(times(even), times(docks(0))); diff != "" {
		t.Error(diff)
	}
}

// 60 appointments give 60 arrivals, however late they are. With lateness 20 s an arrival is on
// average 20·√(2/π) = 15.96 s from its slot: over 40 seeds the mean of 2,400 distances has
// a standard error of 0.25 s. Sorting pairs arrivals with slots again and can only bring
// them nearer, so the mean is taken of a schedule whose slots lie far apart.
func TestLateness(t *testing.T) {
	s := docks(20 * time.Second)
	all := times(s)
	if len(all) != 60 || !slices.IsSorted(all) || all[0] < 0 || all[59] >= 10*time.Minute {
		t.Errorf("%d arrivals from %s to %s, want 60 within ten minutes", len(all), all[0], all[len(all)-1])
	}
	sum, n := 0.0, 0
	for seed := range uint64(40) {
		far := Schedule{Kind: Scheduled, Seed: seed, Lateness: 20 * time.Second,
			Profile: Profile{Start: 1.0 / 600, Stages: []Stage{{600 * 60 * time.Second, 1.0 / 600}}}}
		slot := 300 * time.Second
		for _, at := range times(far) {
			sum += math.Abs((at - slot).Seconds())
			slot += 600 * time.Second
			n++
		}
	}
	if mean := sum / float64(n); n != 2400 || math.Abs(mean-15.96) > 1 {
		t.Errorf("%d arrivals are on average %.2f s off, want 2400 and 15.96 s", n, mean)
	}
	other := docks(20 * time.Second)
	other.Seed = 8
	if cmp.Equal(all, times(other)) {
		t.Error("two seeds have the same trucks")
	}
	if problems := docks(-time.Second).Validate(); len(problems) != 1 {
		t.Errorf("a negative lateness: %v, want one problem", problems)
	}
}
