package conduct

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
)

// Planner plans an experiment.
type Planner func(ctx context.Context, e *spec.Experiment) (*plan.Plan, error)

// Kept reports whether a scale of a search, recorded so far in the folder of a run,
// kept the limits of capacity:. If not, why gives the reason.
type Kept func(dir, setup string, scale float64) (kept bool, why string, err error)

// search runs trials at the scales that the brackets of the setups return. It runs one
// scale of each setup in turn, so that a drift of the machine affects all of them alike.
// The plan grows with what was run.
func (r *run) search(ctx context.Context, e *spec.Experiment) error {
	brackets := make([]bracket, len(e.Setups))
	for i := range brackets {
		brackets[i].search = *e.Search
	}
	most := len(e.Setups) * e.Search.Rates() * e.Replicates
	r.plan.Trials, r.plan.Total = nil, 0
	for round, open := 0, true; open; round++ {
		open = false
		for i, setup := range e.Setups {
			scale, more := brackets[i].next()
			if !more {
				continue
			}
			open = true
			one := e.AtScale(scale)
			one.Setups = e.Setups[i : i+1]
			if err := errors.Join(r.tryScale(ctx, one, round, most), ctx.Err()); err != nil {
				return err
			}
			kept, why, err := r.Kept(r.out.Dir, setup.Name, scale)
			if err != nil {
				return fmt.Errorf("judge scale %g of %s: %w", scale, setup.Name, err)
			}
			brackets[i].judged(scale, kept)
			line := fmt.Sprintf("%s: scale %g is carried", setup.Name, scale)
			if !kept {
				line = fmt.Sprintf("%s: scale %g is not carried: %s", setup.Name, scale, why)
			}
			r.Watch.Print(line)
		}
	}
	return nil
}

// tryScale runs the replicates of one scale on one setup. Their numbers continue those
// of the scales before, so that each has arrivals of its own.
func (r *run) tryScale(ctx context.Context, one *spec.Experiment, round, most int) error {
	planned, err := r.Plan(ctx, one)
	if err != nil {
		return err
	}
	var problems []error
	for _, t := range planned.Trials {
		t.Position = len(r.plan.Trials) + 1
		t.Replicate += round * one.Replicates
		t.Seed = plan.ReplicateSeed(one.Seed, t.Replicate)
		t.Name = fmt.Sprintf("%02d-%s", t.Position, t.Setup)
		r.plan.Trials, r.plan.Total = append(r.plan.Trials, t), r.plan.Total+t.Length
		encoded, err := json.MarshalIndent(r.plan, "", "  ")
		if err != nil {
			return fmt.Errorf("encode plan: %w", err)
		}
		if err := r.out.WriteFile("plan.json", encoded); err != nil {
			return err
		}
		if err := r.trial(ctx, one, t, most); err != nil {
			problems = append(problems, fmt.Errorf("trial %s: %w", t.Name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(problems...)
}
