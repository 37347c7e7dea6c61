package campaign

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/experiment"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/results"
)

// layOut makes, loads and plans the experiment of each setup, fault and moment.
func (l *loading) layOut(ctx context.Context) error {
	for _, dir := range []string{l.cellsDir(), l.faultsDir()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("create the folder of the campaign: %w", err)
		}
	}
	known := map[string]plan.Outline{}
	for _, setup := range l.setups {
		for i, fault := range l.f.Faults {
			manifest, err := l.manifest(fault)
			if err != nil {
				l.problem(fmt.Sprintf("faults.%d.catalogue", i), err.Error(), "docs/faults.md lists the catalogue")
				continue
			}
			for _, m := range l.f.Moments {
				if len(fault.Moments) > 0 && !slices.Contains(fault.Moments, m.Name) {
					continue
				}
				l.add(ctx, known, setup, i, manifest, m)
			}
		}
	}
	if err := l.loadDoses(ctx, known); err != nil {
		return err
	}
	return l.loadCapacity(ctx)
}

func (l *loading) cellsDir() string  { return filepath.Join(l.Dir, "cells") }
func (l *loading) faultsDir() string { return filepath.Join(l.Dir, "faults") }

// add makes one experiment. Its name has nothing of the campaign's, so that a campaign takes
// over what another one has measured.
func (l *loading) add(ctx context.Context, known map[string]plan.Outline, setup spec.Setup, i int, manifest string,
	m momentFile) {
	fault := l.f.Faults[i]
	e := Experiment{Setup: setup.Name, Tenancy: setup.Tenancy, Fault: fault.Name, Moment: m.Name, At: m.At.String(),
		Name: fmt.Sprintf("%s--%s--%s--%s", l.template.Name, fault.Name, setup.Name,
			m.Name), Versions: l.versions, template: l.template.Path}
	e.File = filepath.Join(l.cellsDir(), e.Name+".yaml")
	loaded, planned, err := l.prepare(ctx, known, &e, setup, manifest, time.Duration(fault.For))
	if err != nil {
		l.foreign(e, fmt.Sprintf("faults.%d", i), err)
		return
	}
	for _, journey := range offered(loaded, planned) {
		if !slices.Contains(l.journeys, journey) {
			l.journeys = append(l.journeys, journey)
		}
		if len(l.f.Journeys) > 0 && !slices.Contains(l.f.Journeys, journey) {
			continue
		}
		want := l.expect(e, fault, journey)
		if want.Served == 0 && want.Recovery == 0 {
			l.problem(fmt.Sprintf("faults.%d", i), fmt.Sprintf("nothing is expected of %s at %s on %s", journey, m.Name, setup.Name),
				"add expect: {served: 0.95, within: 3s, recovery: 10s} to the campaign, the fault or the cell")
			continue
		}
		e.Wanted = append(e.Wanted, matrix.Wanted{Journey: journey, Expect: want})
	}
	if len(e.Wanted) > 0 {
		l.Experiments = append(l.Experiments, e)
	}
}

// prepare writes, loads and plans the file of an experiment, whose fault lasts as given; 0: as
// in its manifest.
func (l *loading) prepare(ctx context.Context, known map[string]plan.Outline, e *Experiment, setup spec.Setup,
	manifest string,
	lasts time.Duration) (*spec.Experiment, *plan.Plan, error) {
	text, err := cell{template: e.template, file: e.File, name: e.Name, setup: setup.Path, fault: e.Fault,
		manifest: manifest,
		at:       e.At, lasts: lasts}.render()
	if err != nil {
		return nil, nil, err
	}
	if err := writeNew(e.File, text); err != nil {
		return nil, nil, err
	}
	loaded, err := experiment.Load(e.File)
	if err != nil {
		return nil, nil, err
	}
	planned, err := plan.New(ctx, loaded, once(known, experiment.Inspect(loaded)), target.CheckFault)
	if err != nil {
		return nil, nil, err
	}
	e.Inputs, e.Expected = loaded.Inputs, planned.Total
	return loaded, planned, nil
}

// writeNew writes a file unless it has the content already.
func writeNew(path string, text []byte) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == string(text) {
		return nil
	}
	w := results.Writer{Dir: filepath.Dir(path)}
	return w.WriteFile(filepath.Base(path), text)
}

// once reads what a script declares once for all experiments: they differ in the fault alone.
func once(known map[string]plan.Outline, inspect plan.Inspector) plan.Inspector {
	return func(ctx context.Context, s spec.Scenario) (plan.Outline, error) {
		key := fmt.Sprintf("%+v", s)
		if outline, ok := known[key]; ok {
			return outline, nil
		}
		outline, err := inspect(ctx, s)
		if err == nil {
			known[key] = outline
		}
		return outline, err
	}
}

// offered lists the journeys of abiding tenants in the order of the plan.
func offered(e *spec.Experiment, p *plan.Plan) []string {
	var journeys []string
	for _, b := range p.Trials[0].Bursts {
		for _, load := range b.Expected {
			if e.Tenants[load.Tenant] != results.Disruptive && !slices.Contains(journeys, load.Journey) {
				journeys = append(journeys, load.Journey)
			}
		}
	}
	return journeys
}
