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
	"example.org/odooharness/experiment/file"
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

// held is a ladder with a fault over all its steps, and the same one without.
type held struct {
	with, without Experiment
	limit         float64
}

// A held fault begins this long before the first step, and ends this long before the end of the
// trial.
const (
	holdBefore = 5 * time.Second
	holdEnd    = time.Second
)

// loadCapacity makes the ladders of each setup: one without a fault, and one for each fault.
func (l *loading) loadCapacity(ctx context.Context) error {
	f := l.f.Capacity
	if f == nil {
		return nil
	}
	template, err := experiment.Load(l.nextTo(f.Experiment))
	if err != nil {
		l.problems.Collect(f.Experiment, err)
		return nil
	}
	if template.Ladder == nil || len(template.Faults)+len(template.Drills)+len(template.Remedies) > 0 {
		l.problem("capacity.experiment", "it needs a ladder, and no fault, drill or remedy",
			"write an experiment such as examples/capacity.yaml")
		return nil
	}
	setups := l.setupsOf("capacity.setups", f.Setups, template.Setups)
	for i, name := range f.Faults {
		k := slices.IndexFunc(l.f.Faults, func(x faultFile) bool { return x.Name == name })
		if k < 0 {
			l.problem(fmt.Sprintf("capacity.faults.%d", i), "there is no fault "+name, "write the name of one under faults:")
			continue
		}
		manifest, err := l.manifest(l.f.Faults[k])
		if err != nil {
			continue // reported with the fault
		}
		for _, setup := range setups {
			if err := l.addHeld(ctx, template, setup, name, manifest); err != nil {
				l.problems = append(l.problems, l.capacityProblems(fmt.Sprintf("capacity.faults.%d", i), err)...)
			}
		}
	}
	return nil
}

// capacityProblems are those of generated ladders, as problems of the campaign.
func (l *loading) capacityProblems(field string, err error) file.Problems {
	var problems, all file.Problems
	problems.Collect(l.Path, err)
	for _, p := range problems {
		if filepath.Dir(p.File) == l.cellsDir() {
			p = l.doc.Problem(field, p.Field+": "+p.What, p.Remedy)
		}
		all = append(all, p)
	}
	return all
}

// addHeld makes the two ladders of a fault on a setup.
func (l *loading) addHeld(ctx context.Context, template *spec.Experiment, setup spec.Setup, fault, manifest string) error {
	known := map[string]plan.Outline{}
	without := Experiment{Name: fmt.Sprintf("%s--none--%s", template.Name, setup.Name), Setup: setup.Name,
		Tenancy:  setup.Tenancy,
		Versions: l.versions, template: template.Path}
	without.File = filepath.Join(l.cellsDir(), without.Name+".yaml")
	_, planned, err := l.prepare(ctx, known, &without, setup, "", 0)
	if err != nil {
		return err
	}
	at, lasts, err := hold(planned.Trials[0])
	if err != nil {
		return l.doc.Problem("capacity.experiment", err.Error(), "write start: 6s for the scenario of its ladder")
	}
	with := without
	with.Name = fmt.Sprintf("%s--%s--%s--held", template.Name, fault, setup.Name)
	with.File = filepath.Join(l.cellsDir(), with.Name+".yaml")
	with.Fault, with.Moment, with.At = fault, "held", at.String()
	if _, _, err := l.prepare(ctx, known, &with, setup, manifest, lasts); err != nil {
		return err
	}
	l.held = append(l.held, held{with: with, without: without, limit: l.f.Capacity.Left})
	return nil
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
		row := matrix.Capacity{Setup: h.with.Setup, Fault: h.with.Fault, Limit: h.limit, State: matrix.None,
			Experiment: h.with.File}
		with, err := c.aged(h.with, now)
		if err != nil {
			return nil, err
		}
		without, err := c.aged(h.without, now)
		if err != nil {
			return nil, err
		}
		switch {
		case with.run == nil:
			lack(&row, "", with)
		case without.run == nil:
			lack(&row, "Without the fault: ", without)
		default:
			if row.Why = differ(without.run.Manifest.Versions, with.run.Manifest); row.Why != "" {
				break
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
			if err := c.compare(&row, with, without); err != nil {
				return nil, err
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
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

// aged is the evidence of an experiment, with its age.
func (c *Campaign) aged(e Experiment, now time.Time) (evidence, error) {
	found, err := c.newest(e)
	found.old = found.run != nil && now.Sub(found.run.Manifest.Started) > c.MaxAge
	return found, err
}

// More counts the ladders and the searches, which are planned next to the experiments of cells.
func (c *Campaign) More() (ladders, searches int) { return len(c.ladders()), len(c.searches) }

// ladders are the experiments of the capacity, each once: those without a fault first.
func (c *Campaign) ladders() []Experiment {
	var all []Experiment
	for _, h := range c.held {
		if !slices.ContainsFunc(all, func(e Experiment) bool { return e.Name == h.without.Name }) {
			all = append(all, h.without)
		}
	}
	for _, h := range c.held {
		all = append(all, h.with)
	}
	return all
}
