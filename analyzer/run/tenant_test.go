package run

import (
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Journeys and steps of one tenant are its own, those of everyone are those of all abiding
// tenants. Journeys from an instant on begin with the one at that instant.
func TestRecordsOfATenant(t *testing.T) {
	r, trial := oneEvery(nil, 12) // seconds 2, 5, 8 and 11 are of the disruptive tenant
	r.Tenants.number("t3")
	r.Abiding = append(r.Abiding, true)
	for _, second := range []int{4, 10} {
		trial.Journeys[second].Tenant = 2
	}
	trial.Steps = trial.Journeys
	seconds := func(records iter.Seq[*Record]) (all []int) {
		for rec := range records {
			all = append(all, int(rec.At/at(1)))
		}
		return all
	}
	first, disruptive, everyone := 0, 1, Everyone
	for _, tt := range []struct {
		name string
		got  iter.Seq[*Record]
		want []int
	}{
		{"journeys of the first", r.JourneysOf(trial, first), []int{0, 1, 3, 6, 7, 9}},
		{"journeys of the disruptive", r.JourneysOf(trial, disruptive), []int{2, 5, 8, 11}},
		{"journeys of everyone", r.JourneysOf(trial, everyone), []int{0, 1, 3, 4, 6, 7, 9, 10}},
		{"steps of the first", r.StepsOf(trial, first), []int{0, 1, 3, 6, 7, 9}},
		{"steps of the disruptive", r.StepsOf(trial, disruptive), []int{2, 5, 8, 11}},
		{"steps of everyone", r.StepsOf(trial, everyone), []int{0, 1, 3, 4, 6, 7, 9, 10}},
		{"journeys of the first from second 6", r.journeysFrom(trial, first, at(6)), []int{6, 7, 9}},
		{"journeys of the disruptive from second 8", r.journeysFrom(trial, disruptive, at(8)), []int{8, 11}},
		{"journeys of everyone from second 9", r.journeysFrom(trial, everyone, at(9)), []int{9, 10}},
		{"journeys from the end on", r.journeysFrom(trial, first, at(11)), nil},
	} {
		if diff := cmp.Diff(tt.want, seconds(tt.got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
