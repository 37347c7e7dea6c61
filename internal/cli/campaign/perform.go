package campaign

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/finding"
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

// next is the first experiment that has to be run and was not tried, and how many there are:
// of cells, then ladders, then searches.
func (c *Campaign) next(ctx context.Context, r Running, tried map[string]bool) (next *Experiment, left int,
	overhead time.Duration, err error) {
	now := r.Now()
	found, err := c.find(now)
	if err != nil {
		return nil, 0, 0, err
	}
	m, err := c.survey(ctx, found, now)
	if err != nil {
		return nil, 0, 0, err
	}
	if r.Changed != nil {
		if err := r.Changed(m); err != nil {
			return nil, 0, 0, err
		}
	}
	more, err := c.openMore(ctx, r.Again, now)
	if err != nil {
		return nil, 0, 0, err
	}
	seen := maps.Clone(tried) // a cell and a moment of a search may have one experiment
	open := slices.DeleteFunc(append(c.openCells(m, found, r.Again), more...), func(e Experiment) bool {
		known := seen[e.Name]
		seen[e.Name] = true
		return known
	})
	if len(open) == 0 {
		return nil, 0, 0, nil
	}
	return &open[0], len(open), c.overhead(found), nil
}

// openCells are the experiments of cells that have to be run: those without evidence come
// before those whose evidence is too old.
func (c *Campaign) openCells(m *matrix.Matrix, found []evidence, verdicts []finding.Verdict) []Experiment {
	var open, old []Experiment
	for i, e := range c.Experiments {
		switch {
		case found[i].old:
			old = append(old, e)
		case found[i].pending() || again(m, e, verdicts):
			open = append(open, e)
		}
	}
	return append(open, old...)
}

// openMore are the ladders that have to be run, the next length of each search for one, and the
// next moments of each search for the worst.
func (c *Campaign) openMore(ctx context.Context, verdicts []finding.Verdict, now time.Time) ([]Experiment, error) {
	var open []Experiment
	for _, e := range c.ladders() {
		found, err := c.aged(e, now)
		if err != nil {
			return nil, err
		}
		if found.pending() {
			open = append(open, e)
		}
	}
	for _, s := range c.searches {
		_, pending, err := c.follow(ctx, s, now)
		if err != nil {
			return nil, err
		}
		if pending != nil {
			open = append(open, *pending)
		}
	}
	for _, s := range c.scans {
		scanned, err := c.scan(ctx, s, now)
		if err != nil {
			return nil, err
		}
		for i, m := range scanned.worst.Moments {
			if m.Pending() || slices.Contains(verdicts, m.Verdict) {
				open = append(open, scanned.experiments[i])
			}
		}
	}
	return open, nil
}

// Ladders counts the ladders, which are planned next to the experiments of cells.
func (c *Campaign) Ladders() int { return len(c.ladders()) }

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
	return e.recordCrash(started, err)
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
