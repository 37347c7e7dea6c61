package campaign

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/chaos"
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
				l.add(ctx, setup, i, manifest, m)
			}
		}
	}
	l.loadDoses(ctx)
	l.loadWorst(ctx)
	l.loadCapacity(ctx)
	return nil
}

func (l *loading) cellsDir() string  { return filepath.Join(l.Dir, "cells") }
func (l *loading) faultsDir() string { return filepath.Join(l.Dir, "faults") }

// experiment is one of a template on a setup. Its name has nothing of the campaign's, so that a
// campaign takes over what another one has measured.
func (l *loading) experiment(template *spec.Experiment, setup spec.Setup, parts ...string) Experiment {
	name := strings.Join(append([]string{template.Name}, parts...), "--")
	return Experiment{Name: name, File: filepath.Join(l.cellsDir(), name+".yaml"), Setup: setup.Name,
		Tenancy: setup.Tenancy, Versions: l.versions, template: template.Path}
}

// faulted is an experiment of the template of the cells, with a fault at a moment.
func (l *loading) faulted(setup spec.Setup, fault faultFile, m momentFile, more ...string) Experiment {
	e := l.experiment(l.template, setup, append([]string{fault.Name, setup.Name, m.Name}, more...)...)
	e.Fault, e.Moment, e.At = fault.Name, m.Name, m.At.String()
	return e
}

// add makes the experiment of the i-th fault of the file at one moment on one setup.
func (l *loading) add(ctx context.Context, setup spec.Setup, i int, manifest string, m momentFile) {
	fault := l.f.Faults[i]
	e := l.faulted(setup, fault, m)
	loaded, planned, err := l.prepare(ctx, &e, setup, manifest, time.Duration(fault.For))
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

// manifest is the file of a fault. One of the catalogue is written to the campaign's folder.
func (l *loading) manifest(f faultFile) (string, error) {
	if f.Catalogue == "" {
		return l.nextTo(f.Manifest), nil
	}
	data, err := fs.ReadFile(chaos.Catalogue(), f.Catalogue+".yaml")
	if err != nil {
		return "", fmt.Errorf("the catalogue has no %s", f.Catalogue)
	}
	path := filepath.Join(l.faultsDir(), f.Catalogue+".yaml")
	return path, writeNew(path, data)
}

// prepare writes, loads and plans the file of an experiment, whose fault lasts as given; 0: as
// in its manifest.
func (l *loading) prepare(ctx context.Context, e *Experiment, setup spec.Setup, manifest string,
	lasts time.Duration) (*spec.Experiment, *plan.Plan, error) {
	text, err := rendering{template: e.template, file: e.File, name: e.Name, setup: setup.Path, fault: e.Fault,
		manifest: manifest, at: e.At, lasts: lasts}.render()
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
	planned, err := plan.New(ctx, loaded, once(l.outlines, e.template, experiment.Inspect(loaded)), target.CheckFault)
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

// once reads what a script declares once for all experiments of a template: they differ in the
// fault alone.
func once(known map[string]plan.Outline, template string, inspect plan.Inspector) plan.Inspector {
	return func(ctx context.Context, s spec.Scenario) (plan.Outline, error) {
		key := fmt.Sprintf("%s %+v", template, s)
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
