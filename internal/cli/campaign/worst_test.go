package campaign

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/moderated"
	"example.org/odooharness/results"
)

// scanning is a campaign without cells that searches the worst moment of the ingress: the share
// served is lowest 3 s before the cut-off.
func scanning(t *testing.T) (c *Campaign, p *performer, running Running, measured *[]float64) {
	t.Helper()
	c = twoCells(t)
	first := c.Experiments[1]
	c.Experiments = nil
	offsets := map[string]float64{}
	s := &scan{worst: matrix.Worst{Setup: "shared", Fault: "ingress", Journey: "shipping", First: -8, Last: 4, Step: 4, Finest: 1}}
	s.series = seriesOf(func(_ context.Context, offset float64) (Experiment, error) {
		e := first
		e.Name = fmt.Sprintf("%s--%+.0f", first.Name, offset)
		e.File = filepath.Join(filepath.Dir(first.File), e.Name+".yaml")
		e.Inputs = []results.Input{{Path: e.File, SHA256: e.Name}}
		e.At = fmt.Sprintf("cutoff%+.0fs", offset)
		offsets[e.Name] = offset
		return e, nil
	})
	c.scans = []*scan{s}
	p, running = start(t, c)
	measured = &[]float64{}
	p.perform = func(e Experiment) error {
		started := *p.clock
		record(t, c, e, func(r *recordedRun) { r.started = started })
		*p.clock = p.clock.Add(time.Minute)
		dirs, err := runsOf(filepath.Join(c.Runs, e.Name))
		must(t, err)
		odds := &finding.Primary{Level: 0.95, Estimate: moderated.Estimate{Log: math.Abs(offsets[e.Name] + 3), SE: 0.1, DF: 8, N: 4}}
		served := matrix.Measure{What: matrix.Served, Quantity: finding.Number(0.5, "share", "by hand", 100)}
		c.judged[judgedKey(dirs[0], e)] = []matrix.Outcome{{Verdict: finding.Fail, Measures: []matrix.Measure{served}, Odds: odds}}
		*measured = append(*measured, offsets[e.Name])
		return nil
	}
	return c, p, running, measured
}

func worstOf(t *testing.T, c *Campaign, now time.Time) matrix.Worst {
	t.Helper()
	m, err := c.Survey(t.Context(), now)
	must(t, err)
	return m.Worst[0]
}

// A search for the worst moment goes on from the recorded runs: stopped after each one, it measures
// each moment once.
func TestScanResumes(t *testing.T) {
	c, p, running, measured := scanning(t)
	c.Budget = 100 * time.Second // for one experiment of a minute and its 20 s
	must(t, c.Run(t.Context(), running))
	if w := worstOf(t, c, *p.clock); w.Done || w.Why != "The search goes on: 1 moment measured." || len(w.Moments) != 4 {
		t.Errorf("after one run: %+v", w)
	}
	for range 8 {
		must(t, c.Run(t.Context(), running))
	}
	if diff := cmp.Diff([]float64{-8, -4, 0, 4, -6, -2, -5, -3}, *measured); diff != "" {
		t.Errorf("moments (-want +got):\n%s", diff)
	}
	w := worstOf(t, c, *p.clock)
	const why = "shipping is served least when ingress begins at cutoff-3s: 50 % [40.9, 59.1]. Every other moment is certainly better."
	if w.At != "cutoff-3s" || w.Why != why || !w.Done || len(c.Moments()) != 8 {
		t.Errorf("%+v", w)
	}
	if w = worstOf(t, c, p.clock.Add(72*time.Hour)); w.Done || w.Moments[0].State != matrix.TooOld {
		t.Errorf("with evidence that is too old: %+v", w)
	}
}

// A moment whose harness crashed is not compared, and the search goes on without it. The next
// command tries it again.
func TestScanCrash(t *testing.T) {
	c, p, running, measured := scanning(t)
	works := p.perform
	p.perform = func(e Experiment) error {
		if e.At == "cutoff-4s" {
			return errors.New("harness run ended with exit status 3")
		}
		return works(e)
	}
	must(t, c.Run(t.Context(), running))
	w := worstOf(t, c, *p.clock)
	if diff := cmp.Diff([]float64{-8, 0, 4, -2, 2, -3, -1}, *measured); diff != "" {
		t.Errorf("moments (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"cutoff-4s"}, w.Failed); diff != "" || !w.Done || w.At == "cutoff-4s" {
		t.Errorf("failed (-want +got):\n%s%+v", diff, w)
	}
	p.perform = works
	must(t, c.Run(t.Context(), running))
	if w := worstOf(t, c, *p.clock); w.At != "cutoff-3s" || len(w.Failed) != 0 {
		t.Errorf("after the second command: %+v", w)
	}
}

// With --again, moments with a verdict are measured once more.
func TestScanAgain(t *testing.T) {
	c, _, running, measured := scanning(t)
	must(t, c.Run(t.Context(), running))
	*measured = nil
	running.Again = []finding.Verdict{finding.Fail}
	must(t, c.Run(t.Context(), running))
	if len(*measured) != 8 {
		t.Errorf("measured again: %v", *measured)
	}
}

// Moments are compared within one version: after an update all are measured again.
func TestScanVersions(t *testing.T) {
	c, p, running, measured := scanning(t)
	must(t, c.Run(t.Context(), running))
	*measured = nil
	e, err := c.scans[0].experiment(t.Context(), 4)
	must(t, err)
	started := *p.clock
	record(t, c, e, func(r *recordedRun) { r.started, r.versions["postgres"] = started, "17" })
	w := worstOf(t, c, *p.clock)
	if w.Done || w.Why != "The search goes on: 1 moment measured." || w.Moments[0].State != matrix.None ||
		w.Moments[0].Why != "The run of 20 November 2026 12:00 had postgres 16, and now it is 17." {
		t.Errorf("%s, %+v", w.Why, w.Moments[0])
	}
}
