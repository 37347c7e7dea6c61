package campaign

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
)

// doseFile searches how long a fault may last.
type doseFile struct {
	Fault   string          `yaml:"fault"`
	Moment  string          `yaml:"moment"`
	Setup   string          `yaml:"setup"`
	Journey string          `yaml:"journey"`
	Between []file.Duration `yaml:"between"`
	Within  float64         `yaml:"within"`
}

// defaultWithin is how close the neighbours of an interval are at the end of a search.
const defaultWithin = 0.25

// search measures a fault at one moment on one setup with several lengths.
type search struct {
	dose matrix.Dose // without probes
	make func(ctx context.Context, length float64) (Experiment, error)
	made map[float64]Experiment
}

// experiment is the one that measures a length.
func (s *search) experiment(ctx context.Context, length float64) (Experiment, error) {
	if e, ok := s.made[length]; ok {
		return e, nil
	}
	e, err := s.make(ctx, length)
	if err == nil {
		s.made[length] = e
	}
	return e, err
}

// follow replays a search on the results: it goes on as long as there is evidence for the next
// length. pending is the experiment that it needs next; nil when it has ended.
func (c *Campaign) follow(ctx context.Context, s *search, now time.Time) (d matrix.Dose, pending *Experiment, err error) {
	d = s.dose
	for {
		length, more := d.Next()
		if !more {
			break
		}
		e, err := s.experiment(ctx, length)
		if err != nil {
			return d, nil, err
		}
		found, err := c.aged(e, now)
		if err != nil {
			return d, nil, err
		}
		if found.pending() {
			pending = &e
			if found.crashed == nil {
				break
			}
		}
		cells, err := c.cells(e, found)
		if err != nil {
			return d, nil, err
		}
		p := matrix.Probe{Length: length, Verdict: cells[0].Verdict, Report: cells[0].Report}
		if len(cells[0].Measures) > 0 {
			p.Measure = &cells[0].Measures[0]
		}
		d.Probes = append(d.Probes, p)
		if pending != nil {
			break
		}
	}
	d.Answer()
	return d, pending, nil
}

// loadDoses prepares the searches, and plans the two ends of each.
func (l *loading) loadDoses(ctx context.Context, known map[string]plan.Outline) error {
	for i, f := range l.f.Doses {
		at := fmt.Sprintf("doses.%d", i)
		fault := slices.IndexFunc(l.f.Faults, func(x faultFile) bool { return x.Name == f.Fault })
		moment := slices.IndexFunc(l.f.Moments, func(m momentFile) bool { return m.Name == f.Moment })
		if fault < 0 {
			l.problem(at+".fault", "there is no fault "+f.Fault, "write the name of one under faults:")
		}
		if moment < 0 {
			l.problem(at+".moment", "there is no moment "+f.Moment, "write the name of one under moments:")
		}
		if f.Between[0] >= f.Between[1] {
			l.problem(at+".between", "the first length is not below the second", "write the shorter one first")
		}
		offered := slices.Contains(l.journeys, f.Journey)
		if !offered {
			l.problem(at+".journey", "no abiding tenant offers "+f.Journey, fmt.Sprintf("the template has %v", l.journeys))
		}
		if fault < 0 || moment < 0 || f.Between[0] >= f.Between[1] || !offered {
			continue
		}
		found := false
		for _, setup := range l.setups {
			if f.Setup != "" && f.Setup != setup.Name {
				continue
			}
			found = true
			if err := l.addDose(ctx, known, i, setup, fault, l.f.Moments[moment]); err != nil {
				return err
			}
		}
		if !found {
			l.problem(at+".setup", "there is no setup "+f.Setup, "write the name of one of the setups")
		}
	}
	return nil
}

// addDose prepares the search on one setup.
func (l *loading) addDose(ctx context.Context, known map[string]plan.Outline, i int, setup spec.Setup, k int,
	m momentFile) error {
	f, fault := l.f.Doses[i], l.f.Faults[k]
	manifest, err := l.manifest(fault)
	if err != nil {
		return nil // reported with the fault
	}
	first := Experiment{Setup: setup.Name, Tenancy: setup.Tenancy, Fault: fault.Name, Moment: m.Name, At: m.At.String(),
		Versions: l.versions, template: l.template.Path}
	want := matrix.Wanted{Journey: f.Journey, Expect: l.expect(first, fault, f.Journey)}
	if want.Expect == (matrix.Expect{}) {
		l.problem(fmt.Sprintf("doses.%d", i), "nothing is expected of "+f.Journey,
			"add expect: to the campaign, the fault or the cell")
		return nil
	}
	s := &search{made: map[float64]Experiment{}, dose: matrix.Dose{Setup: setup.Name, Fault: fault.Name, Moment: m.Name,
		At:      first.At,
		Journey: f.Journey, Expect: want.Expect, Shortest: time.Duration(f.Between[0]).Seconds(),
		Longest: time.Duration(f.Between[1]).Seconds(),
		Within:  f.Within}}
	if s.dose.Within == 0 {
		s.dose.Within = defaultWithin
	}
	s.make = func(ctx context.Context, length float64) (Experiment, error) {
		lasts := time.Duration(length * float64(time.Second)).Round(time.Millisecond)
		e := first
		e.Name = fmt.Sprintf("%s--%s--%s--%s--%dms", l.template.Name, e.Fault, e.Setup, e.Moment, lasts.Milliseconds())
		e.File = filepath.Join(l.cellsDir(), e.Name+".yaml")
		e.Wanted = []matrix.Wanted{want}
		_, _, err := l.prepare(ctx, known, &e, setup, manifest, lasts)
		return e, err
	}
	for _, length := range []float64{s.dose.Shortest, s.dose.Longest} {
		if e, err := s.experiment(ctx, length); err != nil {
			l.foreign(e, fmt.Sprintf("doses.%d", i), err)
			return nil
		}
	}
	l.searches = append(l.searches, s)
	return nil
}
