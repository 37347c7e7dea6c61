package campaign

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/experiment/file"
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
	series
}

// series makes experiments that differ in one number, each once: the length of a fault, or its
// moment.
type series struct {
	make func(ctx context.Context, x float64) (Experiment, error)
	made map[float64]Experiment
}

func seriesOf(make func(context.Context, float64) (Experiment, error)) series {
	return series{make: make, made: map[float64]Experiment{}}
}

// experiment is the one that measures a number.
func (s *series) experiment(ctx context.Context, x float64) (Experiment, error) {
	if e, ok := s.made[x]; ok {
		return e, nil
	}
	e, err := s.make(ctx, x)
	if err == nil {
		s.made[x] = e
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
func (l *loading) loadDoses(ctx context.Context) {
	for i, f := range l.f.Doses {
		at := fmt.Sprintf("doses.%d", i)
		fault, setups, known := l.subject(at, f.Fault, f.Journey, f.Setup)
		moment := slices.IndexFunc(l.f.Moments, func(m momentFile) bool { return m.Name == f.Moment })
		if moment < 0 {
			l.problem(at+".moment", "there is no moment "+f.Moment, "write the name of one under moments:")
		}
		if f.Between[0] >= f.Between[1] {
			l.problem(at+".between", "the first length is not below the second", "write the shorter one first")
		}
		if !known || moment < 0 || f.Between[0] >= f.Between[1] {
			continue
		}
		for _, setup := range setups {
			l.addDose(ctx, i, setup, fault, l.f.Moments[moment])
		}
	}
}

// subject finds the fault and the setups that a search names. It reports what is not there.
func (l *loading) subject(at, fault, journey, setup string) (f faultFile, setups []spec.Setup, known bool) {
	known = true
	i := slices.IndexFunc(l.f.Faults, func(x faultFile) bool { return x.Name == fault })
	if i < 0 {
		l.problem(at+".fault", "there is no fault "+fault, "write the name of one under faults:")
		known = false
	} else {
		f = l.f.Faults[i]
	}
	if !slices.Contains(l.journeys, journey) {
		l.notOffered(at+".journey", journey)
		known = false
	}
	for _, s := range l.setups {
		if setup == "" || setup == s.Name {
			setups = append(setups, s)
		}
	}
	if len(setups) == 0 {
		l.problem(at+".setup", "there is no setup "+setup, "write the name of one of the setups")
	}
	return f, setups, known
}

// addDose prepares the i-th search of the file on one setup.
func (l *loading) addDose(ctx context.Context, i int, setup spec.Setup, fault faultFile, m momentFile) {
	f := l.f.Doses[i]
	manifest, err := l.manifest(fault)
	if err != nil {
		return // reported with the fault
	}
	want := matrix.Wanted{Journey: f.Journey, Expect: l.expect(l.faulted(setup, fault, m), fault, f.Journey)}
	if want.Expect == (matrix.Expect{}) {
		l.problem(fmt.Sprintf("doses.%d", i), "nothing is expected of "+f.Journey,
			"add expect: to the campaign, the fault or the cell")
		return
	}
	s := &search{dose: matrix.Dose{Setup: setup.Name, Fault: fault.Name, Moment: m.Name,
		At: m.At.String(), Journey: f.Journey, Expect: want.Expect, Shortest: time.Duration(f.Between[0]).Seconds(),
		Longest: time.Duration(f.Between[1]).Seconds(), Within: cmp.Or(f.Within, defaultWithin)}}
	s.series = seriesOf(func(ctx context.Context, length float64) (Experiment, error) {
		lasts := time.Duration(length * float64(time.Second)).Round(time.Millisecond)
		e := l.faulted(setup, fault, m, fmt.Sprintf("%dms", lasts.Milliseconds()))
		e.Wanted = []matrix.Wanted{want}
		_, _, err := l.prepare(ctx, &e, setup, manifest, lasts)
		return e, err
	})
	for _, length := range []float64{s.dose.Shortest, s.dose.Longest} {
		if e, err := s.experiment(ctx, length); err != nil {
			l.foreign(e, fmt.Sprintf("doses.%d", i), err)
			return
		}
	}
	l.searches = append(l.searches, s)
}
