package conduct

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/results"
)

// at is an offset in seconds.
func at(seconds float64) results.Offset {
	return results.OffsetOf(time.Duration(seconds * float64(time.Second)))
}

func mark(seconds float64) *results.Offset {
	o := at(seconds)
	return &o
}

// Every mark of a fault is on disk at the next tick, so that a killed harness leaves what
// it knew. The fault is requested at 60 s, injected at 61 s and shown in effect at 63 s;
// it is removed from 71 s to 72 s and shown recovered at 74 s.
func TestInjectionsAreWrittenAtEveryMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.experiment.Replicates = 1
		began := time.Now()
		record := results.Injection{
			Fault: "pg", Class: "database", Kind: "PostgresChaos", Action: "restart", Driver: "simulated", Manifest: "pg.yaml",
			Targets: []string{"shared/postgres"}, Tenants: []string{"t1"}, Destroys: true, Requested: at(60), Injected: mark(61),
		}
		proven := record
		proven.InEffect, proven.Proof, proven.ProofKind = mark(63), "looked", results.ProofShown
		removing := proven
		removing.Removing = mark(71)
		removed := removing
		removed.Removed = mark(72)
		gone := removed
		gone.Recovered, gone.GoneProof = mark(74), "looked"
		expected := []struct {
			at   float64 // seconds since the base instant, between two ticks
			want []results.Injection
		}{
			{58.7, nil}, {60.7, nil}, {61.7, []results.Injection{record}}, {63.7, []results.Injection{proven}},
			{71.7, []results.Injection{removing}}, {72.7, []results.Injection{removed}}, {74.7, []results.Injection{gone}},
		}
		go func() {
			for _, e := range expected {
				time.Sleep(time.Until(began.Add(time.Second + time.Duration(e.at*float64(time.Second)))))
				if diff := cmp.Diff(e.want, injectionsOnDisk(t, r.trialDir())); diff != "" {
					t.Errorf("at %g s (-want +got):\n%s", e.at, diff)
				}
			}
		}()
		recorded, err := r.run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]results.Injection{gone}, recorded.Trials[0].Injections); diff != "" {
			t.Errorf("at the end (-want +got):\n%s", diff)
		}
	})
}

func injectionsOnDisk(t *testing.T, dir string) []results.Injection {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "injections.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var all []results.Injection
	if err := errors.Join(err, json.Unmarshal(raw, &all)); err != nil {
		t.Error(err)
	}
	return all
}

// What went wrong with a fault is in its record, and what could not be reverted is a
// problem of the trial, too.
func TestFaultThatFails(t *testing.T) {
	broken := errors.New("no route to the database")
	for name, c := range map[string]struct {
		fault    simulatedFault
		err      string
		problems int
	}{
		"cannot be realised":  {simulatedFault{unrealisable: broken}, "no route to the database", 0},
		"injected in part":    {simulatedFault{injectErr: broken}, "inject: no route to the database", 1},
		"cannot be recovered": {simulatedFault{recoverErr: broken}, "recover: no route to the database", 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.experiment.Replicates, r.fault = 1, c.fault
				r.target.Audit = nil
				recorded, err := r.run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				trial := recorded.Trials[0]
				if len(trial.Injections) != 1 || trial.Injections[0].Err != c.err {
					t.Errorf("record %+v, want the error %q", trial.Injections, c.err)
				}
				if len(trial.Problems) != c.problems {
					t.Errorf("problems %q, want %d", trial.Problems, c.problems)
				}
			})
		})
	}
}

// The faults in effect are shown while the trial runs, from their injection to their
// removal.
func TestFaultsInEffectAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.experiment.Replicates = 1
		if _, err := r.run(t.Context()); err != nil {
			t.Fatal(err)
		}
		var shown []time.Duration
		for _, s := range r.snapshots {
			if slices.Equal(s.Faults, []string{"pg"}) {
				shown = append(shown, s.Elapsed)
			}
		}
		if len(shown) == 0 {
			t.Fatal("never shown")
		}
		first, last := shown[0], shown[len(shown)-1]
		if first < 61*time.Second || first > 62*time.Second || last < 71500*time.Millisecond || last > 72500*time.Millisecond {
			t.Errorf("shown from %s to %s, want 61s to 72s", first, last)
		}
	})
}
