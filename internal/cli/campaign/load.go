package campaign

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/experiment"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/results"
)

// Campaign is a campaign file, and the experiments that measure its cells.
type Campaign struct {
	Path        string
	Name        string
	Dir         string // its folder: experiments, logs, matrix
	Runs        string // folder of the runs
	Budget      time.Duration
	MaxAge      time.Duration
	Experiments []Experiment // by setup, fault and moment, in the order of the file

	searches []*search
	scans    []*scan
	held     []held                      // by setup
	left     float64                     // least share of the capacity; 0: none is expected
	compared map[string]matrix.Capacity  // by the folders of both runs
	judged   map[string][]matrix.Outcome // by judgedKey: a complete run does not change
}

// Experiment measures the cells of one fault at one moment on one setup, one for each journey.
type Experiment struct {
	Name     string // as harness run names its runs
	File     string
	Setup    string
	Tenancy  results.Tenancy
	Fault    string
	Moment   string
	At       string
	Expected time.Duration // of its trials, by the plan
	Inputs   []results.Input
	Versions map[string]string // of this harness
	Wanted   []matrix.Wanted   // by journey

	template string
}

// Folders are where a campaign reads and writes.
type Folders struct {
	Runs     string            // of the runs
	Out      string            // of the campaigns
	Versions map[string]string // of this harness
}

// defaultMaxAge is that of harness readiness.
const defaultMaxAge = 30 * 24 * time.Hour

// campaignFile is a campaign as a person writes it.
type campaignFile struct {
	Name       string        `yaml:"name"`
	Experiment string        `yaml:"experiment"`
	Setups     []string      `yaml:"setups"`
	Journeys   []string      `yaml:"journeys"`
	Moments    []momentFile  `yaml:"moments"`
	Faults     []faultFile   `yaml:"faults"`
	Expect     expectFile    `yaml:"expect"`
	Cells      []cellFile    `yaml:"cells"`
	Doses      []doseFile    `yaml:"doses"`
	Worst      []worstFile   `yaml:"worst"`
	Capacity   *capacityFile `yaml:"capacity"`
	Budget     file.Duration `yaml:"budget"`
	MaxAge     file.Duration `yaml:"maxAge"`
}

type momentFile struct {
	Name string      `yaml:"name"`
	At   spec.Moment `yaml:"at"`
}

type faultFile struct {
	Name      string        `yaml:"name"`
	Manifest  string        `yaml:"manifest"`
	Catalogue string        `yaml:"catalogue"`
	For       file.Duration `yaml:"for"`
	Moments   []string      `yaml:"moments"`
	Expect    expectFile    `yaml:"expect"`
}

type expectFile struct {
	Served   float64       `yaml:"served"`
	Within   file.Duration `yaml:"within"`
	Recovery file.Duration `yaml:"recovery"`
}

// over is an expectation on top of another one.
func (e expectFile) over(other matrix.Expect) matrix.Expect {
	return matrix.Expect{
		Served:   cmp.Or(e.Served, other.Served),
		Within:   cmp.Or(time.Duration(e.Within).Seconds(), other.Within),
		Recovery: cmp.Or(time.Duration(e.Recovery).Seconds(), other.Recovery),
	}
}

// cellFile changes the expectation of the cells that it matches.
type cellFile struct {
	Fault   string     `yaml:"fault"`
	Moment  string     `yaml:"moment"`
	Setup   string     `yaml:"setup"`
	Journey string     `yaml:"journey"`
	Expect  expectFile `yaml:"expect"`
}

func (c cellFile) matches(e Experiment, journey string) bool {
	same := func(wanted, is string) bool { return wanted == "" || wanted == is }
	return same(c.Fault, e.Fault) && same(c.Moment, e.Moment) && same(c.Setup, e.Setup) && same(c.Journey, journey)
}

// loading is a campaign under way.
type loading struct {
	*Campaign
	doc      *file.Document
	f        campaignFile
	versions map[string]string
	template *spec.Experiment
	setups   []spec.Setup
	outlines map[string]plan.Outline // by template and scenario
	journeys []string                // that abiding tenants offer in some experiment
	matched  []bool                  // by entry of cells
	problems file.Problems
}

// Load reads a campaign and everything that it names. It writes the experiments of the cells to
// the campaign's folder, and plans each. The error is [file.Problems]: those of names, template
// and setups, or without any those of expectations, experiments, searches and ladders.
func Load(ctx context.Context, path string, in Folders) (*Campaign, error) {
	doc, err := file.Read(path, "campaign")
	if err != nil {
		return nil, err
	}
	l := &loading{doc: doc, versions: in.Versions, outlines: map[string]plan.Outline{},
		Campaign: &Campaign{Path: path, Runs: in.Runs, judged: map[string][]matrix.Outcome{}, compared: map[string]matrix.Capacity{}}}
	if err := doc.Decode(&l.f); err != nil {
		return nil, err
	}
	l.Name, l.Dir = l.f.Name, filepath.Join(in.Out, l.f.Name)
	l.Budget, l.MaxAge = time.Duration(l.f.Budget), cmp.Or(time.Duration(l.f.MaxAge), defaultMaxAge)
	l.matched = make([]bool, len(l.f.Cells))
	l.names()
	l.loadTemplate()
	var own []spec.Setup // of the template
	if l.template != nil {
		own = l.template.Setups
	}
	l.setups = l.setupsOf("setups", l.f.Setups, own)
	if len(l.problems) > 0 {
		return nil, l.problems.Err()
	}
	if err := l.layOut(ctx); err != nil {
		return nil, err
	}
	l.unmatched()
	return l.Campaign, l.problems.Err()
}

func (l *loading) problem(field, what, remedy string) {
	l.problems = append(l.problems, l.doc.Problem(field, what, remedy))
}

// notOffered reports a field with a journey that no experiment has.
func (l *loading) notOffered(field, journey string) {
	if len(l.journeys) == 0 && len(l.problems) > 0 {
		return // the template could not be laid out, which is a problem of its own
	}
	l.problem(field, "no abiding tenant offers "+journey, "the template has "+cmp.Or(strings.Join(l.journeys, ", "), "none"))
}

// nextTo resolves a path that the campaign names.
func (l *loading) nextTo(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(l.Path), path)
}

// names checks that each moment and fault has a name of its own, and each fault one source.
func (l *loading) names() {
	var moments, faults []string
	for i, m := range l.f.Moments {
		if slices.Contains(moments, m.Name) {
			l.problem(fmt.Sprintf("moments.%d.name", i), m.Name+" is there twice", "give each moment a name of its own")
		}
		moments = append(moments, m.Name)
	}
	for i, f := range l.f.Faults {
		at := fmt.Sprintf("faults.%d", i)
		if slices.Contains(faults, f.Name) {
			l.problem(at+".name", f.Name+" is there twice", "give each fault a name of its own")
		}
		faults = append(faults, f.Name)
		if (f.Manifest == "") == (f.Catalogue == "") {
			l.problem(at, "a fault needs a manifest or a catalogue entry, not both",
				"write manifest: with a file, or catalogue: redis-failure")
		}
		for k, name := range f.Moments {
			if !slices.Contains(moments, name) {
				l.problem(fmt.Sprintf("%s.moments.%d", at, k), "there is no moment "+name, "add it to moments:, or correct the name")
			}
		}
	}
}

// loadTemplate reads the experiment that the cells are made from. What would be a second
// disturbance, or takes the trial for something else, is refused.
func (l *loading) loadTemplate() {
	template, err := experiment.Load(l.nextTo(l.f.Experiment))
	if err != nil {
		l.problems.Collect(l.f.Experiment, err)
		return
	}
	l.template = template
	for _, part := range []struct {
		there bool
		field string
	}{
		{len(template.Faults) > 0, "faults"}, {len(template.Drills) > 0, "recovery and changes"}, {template.Ladder != nil,
			"ladder"},
		{template.Search != nil || template.Capacity != nil, "capacity"}, {template.Isolation != nil, "isolation"},
		{len(template.Remedies) > 0, "remedies"},
	} {
		if part.there {
			l.problems = append(l.problems, template.Problem(part.field,
				"a campaign adds one fault to its template, and this has "+part.field,
				"remove it from the template"))
		}
	}
}

// setupsOf reads the setups that a field names, or takes the other ones when it names none.
func (l *loading) setupsOf(field string, names []string, otherwise []spec.Setup) []spec.Setup {
	if len(names) == 0 {
		return otherwise
	}
	var setups []spec.Setup
	for i, name := range names {
		setup, err := spec.LoadSetup(l.nextTo(name))
		if err != nil {
			l.problems.Collect(name, err)
			continue
		}
		if slices.ContainsFunc(setups, func(s spec.Setup) bool { return s.Name == setup.Name }) {
			l.problem(fmt.Sprintf("%s.%d", field, i), "a second setup is named "+setup.Name, "give each setup a name of its own")
		}
		setups = append(setups, setup)
	}
	return setups
}

// expect is what a journey has to keep in an experiment: the entries of cells that match, on top
// of the expectation of the fault, on top of that of the campaign.
func (l *loading) expect(e Experiment, fault faultFile, journey string) matrix.Expect {
	want := fault.Expect.over(l.f.Expect.over(matrix.Expect{}))
	for i, c := range l.f.Cells {
		if c.matches(e, journey) {
			want, l.matched[i] = c.Expect.over(want), true
		}
	}
	return want
}

// unmatched reports what matches no cell.
func (l *loading) unmatched() {
	for i, name := range l.f.Journeys {
		if !slices.Contains(l.journeys, name) {
			l.notOffered(fmt.Sprintf("journeys.%d", i), name)
		}
	}
	if len(l.problems) > 0 {
		return // cells that do not exist for another reason
	}
	for i, matched := range l.matched {
		if !matched {
			l.problem(fmt.Sprintf("cells.%d", i), "it matches no cell", "correct the names of fault, moment, setup and journey")
		}
	}
}

// foreign turns the problems of a generated experiment into some of a field of the campaign.
func (l *loading) foreign(e Experiment, field string, err error) {
	where := e.Setup
	if e.Moment != "" {
		where = e.Moment + " on " + e.Setup
	}
	var problems file.Problems
	problems.Collect(e.File, err)
	for _, p := range problems {
		if p.File == e.File {
			p = l.doc.Problem(field, fmt.Sprintf("%s: %s: %s", where, p.Field, p.What), p.Remedy)
		}
		l.problems = append(l.problems, p)
	}
}
