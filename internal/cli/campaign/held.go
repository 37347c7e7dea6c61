package campaign

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/experiment"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
)

// capacityFile is the part of a campaign about the capacity while a fault lasts.
type capacityFile struct {
	Experiment string   `yaml:"experiment"`
	Setups     []string `yaml:"setups"`
	Faults     []string `yaml:"faults"`
	Left       float64  `yaml:"left"`
}

// held are the ladders of a setup: one without a fault, and one with each fault over all steps.
type held struct {
	without Experiment
	with    []Experiment
}

// A held fault begins this long before the first step, and ends this long before the end of the
// trial.
const (
	holdBefore = 5 * time.Second
	holdEnd    = time.Second
)

// loadCapacity makes the ladders of each setup: one without a fault, and one for each fault.
func (l *loading) loadCapacity(ctx context.Context) {
	f := l.f.Capacity
	if f == nil {
		return
	}
	template, err := experiment.Load(l.nextTo(f.Experiment))
	if err != nil {
		l.problems.Collect(f.Experiment, err)
		return
	}
	if template.Ladder == nil || len(template.Faults)+len(template.Drills)+len(template.Remedies) > 0 {
		l.problem("capacity.experiment", "it needs a ladder, and no fault, drill or remedy",
			"write an experiment such as examples/capacity.yaml")
		return
	}
	l.left = f.Left
	faults := l.heldFaults(f.Faults)
	for _, setup := range l.setupsOf("capacity.setups", f.Setups, template.Setups) {
		l.addHeld(ctx, template, setup, faults)
	}
}

// heldFault is a fault to be held over a ladder.
type heldFault struct{ field, name, manifest string }

// heldFaults finds the faults of the file with these names.
func (l *loading) heldFaults(names []string) []heldFault {
	var all []heldFault
	for i, name := range names {
		field := fmt.Sprintf("capacity.faults.%d", i)
		k := slices.IndexFunc(l.f.Faults, func(x faultFile) bool { return x.Name == name })
		if k < 0 {
			l.problem(field, "there is no fault "+name, "write the name of one under faults:")
			continue
		}
		manifest, err := l.manifest(l.f.Faults[k])
		if err != nil {
			continue // reported with the fault
		}
		all = append(all, heldFault{field, name, manifest})
	}
	return all
}

// addHeld makes the ladders of a setup.
func (l *loading) addHeld(ctx context.Context, template *spec.Experiment, setup spec.Setup, faults []heldFault) {
	h := held{without: l.experiment(template, setup, "none", setup.Name)}
	_, planned, err := l.prepare(ctx, &h.without, setup, "", 0)
	if err != nil {
		l.foreign(h.without, "capacity.experiment", err)
		return
	}
	at, lasts, err := hold(planned.Trials[0])
	if err != nil {
		l.problem("capacity.experiment", err.Error(), "write start: 6s for the scenario of its ladder")
		return
	}
	for _, fault := range faults {
		with := l.experiment(template, setup, fault.name, setup.Name, "held")
		with.Fault, with.Moment, with.At = fault.name, "held", at.String()
		if _, _, err := l.prepare(ctx, &with, setup, fault.manifest, lasts); err != nil {
			l.foreign(with, fault.field, err)
			continue
		}
		h.with = append(h.with, with)
	}
	l.held = append(l.held, h)
}

// hold is when a fault begins and how long it lasts, to be in effect in every step of a trial.
func hold(t plan.Trial) (at, lasts time.Duration, err error) {
	first := t.Length
	for _, w := range t.Windows {
		if w.Step != nil {
			first = min(first, w.From.Duration())
		}
	}
	at = first - holdBefore
	if at < 0 {
		return 0, 0, fmt.Errorf("its first step begins at %s, and the fault needs %s before it", first, holdBefore)
	}
	return at, t.Length - holdEnd - at, nil
}

// capacities returns the rows of the capacity while a fault lasts.
func (c *Campaign) capacities(now time.Time) ([]matrix.Capacity, error) {
	var rows []matrix.Capacity
	for _, h := range c.held {
		without, err := c.aged(h.without, now)
		if err != nil {
			return nil, err
		}
		for _, e := range h.with {
			with, err := c.aged(e, now)
			if err != nil {
				return nil, err
			}
			row, err := c.capacity(e, with, without)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// capacity returns the row of a ladder with a fault, whose setup has another one without.
func (c *Campaign) capacity(e Experiment, with, without evidence) (matrix.Capacity, error) {
	row := matrix.Capacity{Setup: e.Setup, Fault: e.Fault, Limit: c.left, State: matrix.None, Experiment: e.File}
	switch {
	case with.run == nil:
		lack(&row, "", with)
		return row, nil
	case without.run == nil:
		lack(&row, "Without the fault: ", without)
		return row, nil
	}
	if row.Why = differ(without.run.Manifest.Versions, with.run.Manifest); row.Why != "" {
		return row, nil
	}
	row.State, row.Started = matrix.Measured, &with.run.Manifest.Started
	if without.run.Manifest.Started.Before(*row.Started) {
		row.Started = &without.run.Manifest.Started
	}
	if with.old || without.old {
		row.State = matrix.TooOld
	}
	row.Run, row.Base = filepath.ToSlash(with.run.Dir), filepath.ToSlash(without.run.Dir)
	row.Report = c.link(with.run.Dir)
	return row, c.compare(&row, with, without)
}

// lack fills in why a row has no figures. A ladder that crashed makes it invalid, as it does a cell.
func lack(row *matrix.Capacity, prefix string, e evidence) {
	row.Why = prefix + e.reason()
	if e.crashed != nil {
		row.State, row.Verdict, row.Started = matrix.Measured, finding.Invalid, &e.crashed.Started
	}
}

// compare judges two ladders, each pair of runs once.
func (c *Campaign) compare(row *matrix.Capacity, with, without evidence) error {
	key := row.Run + " " + row.Base
	if known, ok := c.compared[key]; ok {
		known.State = row.State
		*row = known
		return nil
	}
	if err := row.JudgeCapacity(with.run, without.run); err != nil {
		return err
	}
	c.compared[key] = *row
	return nil
}

// ladders are the experiments of the capacity: those without a fault first.
func (c *Campaign) ladders() []Experiment {
	var without, with []Experiment
	for _, h := range c.held {
		if len(h.with) > 0 {
			without, with = append(without, h.without), append(with, h.with...)
		}
	}
	return append(without, with...)
}
