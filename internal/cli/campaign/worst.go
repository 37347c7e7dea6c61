package campaign

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// worstFile searches the moment at which a fault harms a journey most.
type worstFile struct {
	Fault   string        `yaml:"fault"`
	Journey string        `yaml:"journey"`
	Setup   string        `yaml:"setup"`
	From    spec.Moment   `yaml:"from"`
	To      spec.Moment   `yaml:"to"`
	Step    file.Duration `yaml:"step"`
	Refine  file.Duration `yaml:"refine"`
}

// mostMoments bounds the grid of a search.
const mostMoments = 40

// scan measures a fault at several moments on one setup.
type scan struct {
	worst matrix.Worst // without moments
	series
}

// scanned is a scan with the evidence that the results have.
type scanned struct {
	worst       matrix.Worst
	experiments []Experiment // by moment
	found       []evidence   // by moment
}

// scan replays a search for the worst moment on the results: it goes on as long as every moment
// that it needs has evidence.
func (c *Campaign) scan(ctx context.Context, s *scan, now time.Time) (scanned, error) {
	all := scanned{worst: s.worst}
	for {
		open := all.worst.Open()
		for _, offset := range open {
			e, err := s.experiment(ctx, offset)
			if err != nil {
				return all, err
			}
			found, err := c.aged(e, now)
			if err != nil {
				return all, err
			}
			m, err := c.moment(e, offset, found)
			if err != nil {
				return all, err
			}
			all.worst.Moments = append(all.worst.Moments, m)
			all.experiments, all.found = append(all.experiments, e), append(all.found, found)
		}
		if len(open) == 0 || slices.ContainsFunc(all.worst.Moments, func(m matrix.Moment) bool { return m.State != matrix.Measured }) {
			break
		}
	}
	if err := c.sameVersions(&all); err != nil {
		return all, err
	}
	all.answer()
	return all, nil
}

// moment is one of a search, with the share served when it can be compared.
func (c *Campaign) moment(e Experiment, offset float64, found evidence) (matrix.Moment, error) {
	cells, err := c.cells(e, found)
	if err != nil {
		return matrix.Moment{}, err
	}
	m := matrix.Moment{Offset: offset, Cell: cells[0]}
	outcomes, err := c.outcomes(e, found)
	if len(outcomes) > 0 && !found.old {
		m.Odds = outcomes[0].Odds
	}
	return m, err
}

// sameVersions drops the moments whose run had other versions than the newest one of the search.
func (c *Campaign) sameVersions(all *scanned) error {
	var newest results.Manifest
	for _, found := range all.found {
		if found.run != nil && found.run.Manifest.Started.After(newest.Started) {
			newest = found.run.Manifest
		}
	}
	for i, found := range all.found {
		if found.run == nil {
			continue
		}
		if why := differ(newest.Versions, found.run.Manifest); why != "" {
			var err error
			if all.worst.Moments[i], err = c.moment(all.experiments[i], all.worst.Moments[i].Offset, evidence{why: why}); err != nil {
				return err
			}
		}
	}
	return nil
}

// answer sorts the moments and judges them.
func (all *scanned) answer() {
	by := map[float64]Experiment{}
	for i, m := range all.worst.Moments {
		by[m.Offset] = all.experiments[i]
	}
	all.worst.Answer()
	for i, m := range all.worst.Moments {
		all.experiments[i] = by[m.Offset]
	}
}

// Moments lists the experiments of the searches for a worst moment, as far as they are known: the
// grid of each, and after [Campaign.Survey] those around the lowest moment, too.
func (c *Campaign) Moments() []Experiment {
	var all []Experiment
	for _, s := range c.scans {
		for _, offset := range slices.Sorted(maps.Keys(s.made)) {
			all = append(all, s.made[offset])
		}
	}
	return all
}

// loadWorst prepares the searches for the worst moment, and plans the grid of each.
func (l *loading) loadWorst(ctx context.Context) {
	for i, f := range l.f.Worst {
		at := fmt.Sprintf("worst.%d", i)
		fault, setups, known := l.subject(at, f.Fault, f.Journey, f.Setup)
		step, span := time.Duration(f.Step), f.To.Offset-f.From.Offset
		problems := len(l.problems)
		switch {
		case f.From.Landmark != f.To.Landmark:
			l.problem(at+".to", "it counts from another landmark than from:",
				"write both with one landmark, such as cutoff-20s and cutoff+5s")
		case span < step:
			l.problem(at+".step", "there is one moment only between from: and to:", "write a shorter step")
		case span/step >= mostMoments:
			l.problem(at+".step", fmt.Sprintf("these are more than %d moments", mostMoments), "write a longer step")
		}
		if time.Duration(f.Refine) > step/2 {
			l.problem(at+".refine", "it is longer than half a step", "write half a step or less")
		}
		if !known || len(l.problems) > problems {
			continue
		}
		for _, setup := range setups {
			l.addWorst(ctx, i, setup, fault)
		}
	}
}

// addWorst prepares the i-th search for a worst moment on one setup. What is expected of single
// moments does not count: all are judged alike.
func (l *loading) addWorst(ctx context.Context, i int, setup spec.Setup, fault faultFile) {
	f, at := l.f.Worst[i], fmt.Sprintf("worst.%d", i)
	manifest, err := l.manifest(fault)
	if err != nil {
		return // reported with the fault
	}
	all := l.expect(l.faulted(setup, fault, momentFile{}), fault, f.Journey)
	want := matrix.Wanted{Journey: f.Journey, Expect: matrix.Expect{Served: all.Served, Within: all.Within}}
	if want.Expect.Served == 0 || want.Expect.Served == 1 {
		l.problem(at, fmt.Sprintf("no share below 1 is expected of %s", f.Journey),
			"add expect: {served: 0.95, within: 3s} to the campaign, the fault or the cell")
		return
	}
	s := &scan{worst: matrix.Worst{Setup: setup.Name, Fault: fault.Name, Journey: f.Journey, Expect: want.Expect,
		First: f.From.Offset.Seconds(), Last: f.To.Offset.Seconds(), Step: time.Duration(f.Step).Seconds(),
		Finest: time.Duration(f.Refine).Seconds()}}
	s.series = seriesOf(func(ctx context.Context, offset float64) (Experiment, error) {
		e := l.atMoment(setup, fault, spec.Moment{Landmark: f.From.Landmark,
			Offset: time.Duration(offset * float64(time.Second)).Round(time.Millisecond)})
		e.Wanted = []matrix.Wanted{want}
		_, _, err := l.prepare(ctx, &e, setup, manifest, time.Duration(fault.For))
		return e, err
	})
	for _, offset := range s.worst.Open() {
		if e, err := s.experiment(ctx, offset); err != nil {
			l.foreign(e, at, err)
		}
	}
	l.scans = append(l.scans, s)
}

// atMoment is the experiment of a fault at any moment: that of the cells when the file has the
// moment under a name.
func (l *loading) atMoment(setup spec.Setup, fault faultFile, m spec.Moment) Experiment {
	for _, named := range l.f.Moments {
		if named.At.Landmark == m.Landmark && named.At.Offset == m.Offset {
			return l.faulted(setup, fault, named)
		}
	}
	side := "after"
	if m.Offset < 0 {
		side = "before"
	}
	landmark := strings.ReplaceAll(cmp.Or(m.Landmark, "start"), ".", "-")
	name := fmt.Sprintf("%dms-%s-%s", m.Offset.Abs().Milliseconds(), side, landmark)
	e := l.experiment(l.template, setup, fault.Name, setup.Name, "moment", name)
	e.Fault, e.Moment, e.At = fault.Name, m.String(), m.String()
	return e
}
