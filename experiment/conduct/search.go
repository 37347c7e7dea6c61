package conduct

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// Planner plans an experiment.
type Planner func(ctx context.Context, e *spec.Experiment) (*plan.Plan, error)

// Kept says whether a scale of a search, recorded so far in the folder of a run,
// kept what capacity: asks for, and else why not.
type Kept func(dir, setup string, scale float64) (kept bool, why string, err error)

// search runs trials at the scales that the brackets of the setups ask for, one scale
// of each setup in turn, so that a drift of the machine meets all of them alike. The
// plan grows with what was run.
func (c *Conductor) search(ctx context.Context, e *spec.Experiment, all *plan.Plan, w *results.Writer, m *results.Manifest) error {
	brackets := make([]bracket, len(e.Setups))
	for i := range brackets {
		brackets[i].search = *e.Search
	}
	most := len(e.Setups) * e.Search.Rates() * e.Replicates
	all.Trials = nil
	for round, open := 0, true; open; round++ {
		open = false
		for i := range brackets {
			scale, more := brackets[i].next()
			if !more {
				continue
			}
			open = true
			one := e.AtScale(scale)
			one.Setups = e.Setups[i : i+1]
			if err := errors.Join(c.tryScale(ctx, one, all, round, most, w, m), ctx.Err()); err != nil {
				return err
			}
			kept, why, err := c.Kept(w.Dir, e.Setups[i].Name, scale)
			if err != nil {
				return fmt.Errorf("judge scale %g of %s: %w", scale, e.Setups[i].Name, err)
			}
			brackets[i].judged(scale, kept)
			c.Watch.Say(verdictOf(e.Setups[i].Name, scale, kept, why))
		}
	}
	return nil
}

// tryScale runs the replicates of one scale on one setup. They are numbered on from
// those of the scales before, so that each draws its own arrivals.
func (c *Conductor) tryScale(
	ctx context.Context, one *spec.Experiment, all *plan.Plan, round, most int, w *results.Writer, m *results.Manifest,
) error {
	laid, err := c.Plan(ctx, one)
	if err != nil {
		return err
	}
	var problems []error
	for _, t := range laid.Trials {
		t.Position = len(all.Trials) + 1
		t.Replicate += round * one.Replicates
		t.Seed = plan.ReplicateSeed(one.Seed, t.Replicate)
		t.Name = fmt.Sprintf("%02d-%s", t.Position, t.Setup)
		all.Trials, all.Total = append(all.Trials, t), all.Total+t.Length
		encoded, err := json.MarshalIndent(all, "", "  ")
		if err != nil {
			return fmt.Errorf("encode plan: %w", err)
		}
		if err := w.WriteFile("plan.json", encoded); err != nil {
			return err
		}
		if err := c.trial(ctx, one, t, most, w, m); err != nil {
			problems = append(problems, fmt.Errorf("trial %s: %w", t.Name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(problems...)
}

func verdictOf(setup string, scale float64, kept bool, why string) string {
	if kept {
		return fmt.Sprintf("%s: scale %g is carried", setup, scale)
	}
	return fmt.Sprintf("%s: scale %g is not carried: %s", setup, scale, why)
}
