package plan

import (
	"context"
	"fmt"
	"time"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// timeline is what all trials share: bursts and landmarks in time.
type timeline struct {
	trial     Trial
	landmarks map[string]time.Duration
}

// newTimeline resolves starts and landmarks in the order of the file: a scenario may
// begin at a landmark of one before it. A landmark is known by its own name, where the
// first scenario wins, and as scenario.name.
func newTimeline(ctx context.Context, e *spec.Experiment, inspect Inspector) (timeline, error) {
	t := timeline{landmarks: map[string]time.Duration{}}
	t.trial.Warmup, t.trial.Landmarks = e.Warmup, map[string]results.Offset{}
	var problems file.Problems
	for _, s := range e.Scenarios {
		at := s.Field + ".start"
		outline, err := inspect(ctx, s)
		if err != nil {
			problems = append(problems, file.Problem{File: s.Script, What: err.Error()})
			continue
		}
		start, err := s.Start.Resolve(t.landmarks)
		if err != nil {
			problems = append(problems, file.Problem{File: e.Path, Line: s.Start.Line, Field: at, What: err.Error()})
			continue
		}
		if start < 0 {
			problems = append(problems, file.Problem{File: e.Path, Line: s.Start.Line, Field: at,
				What: fmt.Sprintf("%s lies %s before the trial", s.Start, -start), Remedy: "begin later"})
			continue
		}
		for name, offset := range outline.Landmarks {
			t.landmarks[s.Name+"."+name] = start + offset
			if _, taken := t.landmarks[name]; !taken {
				t.landmarks[name] = start + offset
				t.trial.Landmarks[name] = results.OffsetOf(start + offset)
			}
		}
		t.trial.Bursts = append(t.trial.Bursts, Burst{
			Scenario: s.Name, Tenants: s.Tenants, Start: start, Duration: s.Duration, Expected: outline.Expected,
			Insecure: outline.Insecure,
		})
		t.trial.Length = max(t.trial.Length, start+s.Duration)
	}
	if e.Warmup >= t.trial.Length && len(problems) == 0 {
		problems = append(problems, e.Problem("warmup",
			fmt.Sprintf("%s leaves nothing of a trial of %s", e.Warmup, t.trial.Length), "shorten it, or lengthen a scenario"))
	}
	return t, problems.Err()
}
