package campaign

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// Perform runs one experiment. The error is why the harness could not.
type Perform func(ctx context.Context, e Experiment) error

// Running is how a campaign is run.
type Running struct {
	Perform Perform
	Again   []finding.Verdict          // measured cells with these verdicts are run again, once
	Now     func() time.Time           // nil: time.Now
	Report  func(line string)          // nil: nothing is reported
	Changed func(*matrix.Matrix) error // before each experiment; nil: nobody looks
}

// Run runs the experiments without evidence, in the order of the file, each at most once. It
// ends before one that would exceed the budget. What ends without a result is recorded, and the
// next one follows.
func (c *Campaign) Run(ctx context.Context, r Running) error {
	if r.Now == nil {
		r.Now = time.Now
	}
	if r.Report == nil {
		r.Report = func(string) {}
	}
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	began, tried := r.Now(), map[string]bool{}
	for ctx.Err() == nil {
		next, left, overhead, err := c.next(ctx, r, tried)
		if err != nil || next == nil {
			return err
		}
		needs, spent := next.Expected+overhead, r.Now().Sub(began)
		if c.Budget > 0 && spent+needs > c.Budget {
			r.Report(fmt.Sprintf("budget: %s of %s are spent, and %s needs %s; %s left for the next time", round(spent), c.Budget,
				next.Name, round(needs), finding.Plural(left, "experiment")))
			return nil
		}
		r.Report(fmt.Sprintf("%s: %s expected, %s left", next.Name, round(needs), finding.Plural(left, "experiment")))
		tried[next.Name] = true
		if err := c.attempt(ctx, r, *next); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func round(d time.Duration) time.Duration { return d.Round(time.Second) }

// next is the first experiment that has to be run and was not tried, and how many there are. An
// experiment without evidence comes before one with evidence that is too old.
func (c *Campaign) next(ctx context.Context, r Running, tried map[string]bool) (next *Experiment, left int,
	overhead time.Duration, err error) {
	found, err := c.find(r.Now())
	if err != nil {
		return nil, 0, 0, err
	}
	m, err := c.Survey(ctx, r.Now())
	if err != nil {
		return nil, 0, 0, err
	}
	if r.Changed != nil {
		if err := r.Changed(m); err != nil {
			return nil, 0, 0, err
		}
	}
	var old *Experiment
	for i := range c.Experiments {
		e := &c.Experiments[i]
		if tried[e.Name] || !found[i].pending() && !again(m, *e, r.Again) {
			continue
		}
		left++
		switch {
		case found[i].old && old == nil:
			old = e
		case !found[i].old && next == nil:
			next = e
		}
	}
	if next == nil {
		next = old
	}
	for _, e := range c.ladders() {
		found, err := c.aged(e, r.Now())
		if err != nil {
			return nil, 0, 0, err
		}
		if !found.pending() || tried[e.Name] {
			continue
		}
		if left++; next == nil {
			next = &e
		}
	}
	for _, s := range c.searches {
		_, pending, err := c.follow(ctx, s, r.Now())
		if err != nil {
			return nil, 0, 0, err
		}
		if pending == nil || tried[pending.Name] {
			continue
		}
		if left++; next == nil {
			next = pending
		}
	}
	return next, left, c.overhead(found), nil
}

// again reports whether a cell of an experiment has one of the verdicts.
func again(m *matrix.Matrix, e Experiment, verdicts []finding.Verdict) bool {
	return slices.ContainsFunc(m.Cells, func(cell matrix.Cell) bool {
		return cell.Experiment == e.File && cell.State == matrix.Measured && slices.Contains(verdicts, cell.Verdict)
	})
}

// overhead is the mean time that earlier runs needed on top of their trials, until the last
// trial ended.
func (c *Campaign) overhead(found []evidence) time.Duration {
	var sum time.Duration
	n := 0
	for i, e := range found {
		if e.run == nil || len(e.run.Trials) == 0 {
			continue
		}
		last := e.run.Trials[len(e.run.Trials)-1]
		if more := last.Base.Add(last.Length.Duration()).Sub(e.run.Manifest.Started) - c.Experiments[i].Expected; more > 0 {
			sum, n = sum+more, n+1
		}
	}
	return sum / time.Duration(max(n, 1))
}

// attempt runs an experiment, and records when it ends without a result.
func (c *Campaign) attempt(ctx context.Context, r Running, e Experiment) error {
	started := r.Now().UTC().Truncate(time.Second)
	err := r.Perform(ctx, e)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil {
		return nil
	}
	r.Report(fmt.Sprintf("%s: %s", e.Name, err))
	data, err := json.MarshalIndent(crash{Started: started, Why: err.Error(), Inputs: e.digests()}, "", "  ")
	if err != nil {
		return fmt.Errorf("record the attempt: %w", err)
	}
	w := results.Writer{Dir: filepath.Dir(e.crashFile())}
	return w.WriteFile(filepath.Base(e.crashFile()), append(data, '\n'))
}

// lock keeps a second harness from running the same campaign. The kernel unlocks it when the
// process ends.
func (c *Campaign) lock() (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(c.Dir, "lock"), os.O_RDWR|os.O_CREATE|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the campaign: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is run by another harness; wait until it has ended", c.Name), file.Close())
	}
	return func() { _ = file.Close() }, nil
}
