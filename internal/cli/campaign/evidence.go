package campaign

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/results"
)

// evidence is what the results have about an experiment.
type evidence struct {
	run     *results.Run // nil: none counts
	why     string       // why none does, as a sentence
	crashed *crash       // the last attempt ended without a run; nil: it did not
	old     bool         // longer ago than maxAge
}

// reason is why no run counts, as a sentence.
func (e evidence) reason() string {
	if e.crashed != nil {
		return e.crashed.sentence()
	}
	return e.why
}

// pending reports whether the experiment has to be run.
func (e evidence) pending() bool { return e.run == nil || e.old }

// Survey reads the results, and returns every cell with its evidence.
func (c *Campaign) Survey(ctx context.Context, now time.Time) (*matrix.Matrix, error) {
	found, err := c.find(now)
	if err != nil {
		return nil, err
	}
	return c.survey(ctx, found, now)
}

// survey is the matrix with the evidence of the experiments.
func (c *Campaign) survey(ctx context.Context, found []evidence, now time.Time) (*matrix.Matrix, error) {
	m := &matrix.Matrix{Schema: matrix.SchemaVersion, Name: c.Name, Made: now.UTC().Truncate(time.Second),
		MaxAge: c.MaxAge.Seconds()}
	for i, e := range c.Experiments {
		cells, err := c.cells(e, found[i])
		if err != nil {
			return nil, err
		}
		m.Cells = append(m.Cells, cells...)
	}
	var err error
	if m.Held, err = c.capacities(now); err != nil {
		return nil, err
	}
	for _, s := range c.searches {
		dose, _, err := c.follow(ctx, s, now)
		if err != nil {
			return nil, err
		}
		m.Doses = append(m.Doses, dose)
	}
	for _, s := range c.scans {
		scanned, err := c.scan(ctx, s, now)
		if err != nil {
			return nil, err
		}
		m.Worst = append(m.Worst, scanned.worst)
	}
	return m, nil
}

// find returns the evidence of every experiment.
func (c *Campaign) find(now time.Time) ([]evidence, error) {
	all := make([]evidence, len(c.Experiments))
	for i, e := range c.Experiments {
		var err error
		if all[i], err = c.newest(e); err != nil {
			return nil, err
		}
	}
	c.oneVersion(all)
	for i, e := range all {
		all[i].old = e.run != nil && now.Sub(e.run.Manifest.Started) > c.MaxAge
	}
	return all, nil
}

// aged is the evidence of an experiment, with its age.
func (c *Campaign) aged(e Experiment, now time.Time) (evidence, error) {
	found, err := c.newest(e)
	found.old = found.run != nil && now.Sub(found.run.Manifest.Started) > c.MaxAge
	return found, err
}

// newest returns the newest run of an experiment that is whole and has its inputs.
func (c *Campaign) newest(e Experiment) (evidence, error) {
	found := evidence{why: "It was never run."}
	dirs, err := runsOf(filepath.Join(c.Runs, e.Name))
	if err != nil {
		return found, err
	}
	for i, dir := range dirs {
		run, err := results.Open(dir)
		why := ""
		switch {
		case err != nil:
			why = fmt.Sprintf("The run %s cannot be read.", filepath.Base(dir))
		case !whole(run):
			why = fmt.Sprintf("The run of %s was interrupted.", day(run.Manifest.Started))
		default:
			why = e.changed(run.Manifest)
		}
		if why == "" {
			found.run, found.why = run, ""
			break
		}
		if i == 0 {
			found.why = why
		}
	}
	found.crashed, err = e.lastCrash(found.run)
	return found, err
}

// runsOf lists the folders of runs, the newest first. Their names begin with the time.
func runsOf(parent string) ([]string, error) {
	entries, err := os.ReadDir(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	var dirs []string
	for _, entry := range slices.Backward(entries) {
		if entry.IsDir() { // latest is a link
			dirs = append(dirs, filepath.Join(parent, entry.Name()))
		}
	}
	return dirs, nil
}

// whole reports whether every planned trial ended by itself: complete, failed, or by the halt
// condition. What a person stopped or a kill ended is no result.
func whole(run *results.Run) bool {
	ended := map[string]bool{}
	for _, t := range run.Trials {
		ended[t.Name] = t.State != results.TrialRunning && t.Reason != results.StoppedByPerson
	}
	return len(run.Planned) > 0 && !slices.ContainsFunc(run.Planned, func(name string) bool { return !ended[name] })
}

// changed is why a run is not one of this experiment as it is now, as a sentence: empty when
// it is. Files count by their content, wherever they are.
func (e Experiment) changed(m results.Manifest) string {
	var was []string
	for _, in := range m.Inputs {
		was = append(was, in.SHA256)
	}
	var names []string
	for _, in := range e.Inputs {
		if i := slices.Index(was, in.SHA256); i >= 0 {
			was = slices.Delete(was, i, i+1)
			continue
		}
		name := filepath.Base(in.Path)
		if in.Path == e.File {
			name = "the experiment"
		}
		names = append(names, name)
	}
	switch {
	case len(names) > 0:
		return fmt.Sprintf("Changed since the run of %s: %s.", day(m.Started), strings.Join(names, ", "))
	case len(was) > 0:
		return fmt.Sprintf("The run of %s had more files.", day(m.Started))
	}
	return differ(e.Versions, m)
}

// differ is the version in which a run is not like another one, as a sentence. The harness
// and its compiler do not count: they judge, and all runs are judged again.
func differ(now map[string]string, m results.Manifest) string {
	for _, part := range slices.Sorted(maps.Keys(now)) {
		if was, known := m.Versions[part]; known && was != now[part] && part != "harness" && part != "go" {
			return fmt.Sprintf("The run of %s had %s %s, and now it is %s.", day(m.Started), part, was, now[part])
		}
	}
	return ""
}

// oneVersion drops runs with other versions than the newest run of their setup: what the
// versions of a target are now is known from its newest run.
func (c *Campaign) oneVersion(all []evidence) {
	newest := map[string]results.Manifest{}
	for i, e := range all {
		setup := c.Experiments[i].Setup
		if e.run != nil && e.run.Manifest.Started.After(newest[setup].Started) {
			newest[setup] = e.run.Manifest
		}
	}
	for i, e := range all {
		if e.run == nil {
			continue
		}
		if why := differ(newest[c.Experiments[i].Setup].Versions, e.run.Manifest); why != "" {
			all[i] = evidence{why: why, crashed: e.crashed}
		}
	}
}

// outcomes judges the evidence of an experiment, each run once. It returns none without a run.
func (c *Campaign) outcomes(e Experiment, found evidence) ([]matrix.Outcome, error) {
	if found.run == nil {
		return nil, nil
	}
	key := judgedKey(found.run.Dir, e)
	if known, ok := c.judged[key]; ok {
		return known, nil
	}
	outcomes, err := matrix.Judge(found.run, e.Fault, e.Setup, e.Wanted)
	if err != nil {
		return nil, err
	}
	c.judged[key] = outcomes
	return outcomes, nil
}

// cells are the cells of an experiment.
func (c *Campaign) cells(e Experiment, found evidence) ([]matrix.Cell, error) {
	outcomes, err := c.outcomes(e, found)
	if err != nil {
		return nil, err
	}
	var cells []matrix.Cell
	for i, w := range e.Wanted {
		cell := matrix.Cell{Setup: e.Setup, Tenancy: e.Tenancy, Fault: e.Fault, Moment: e.Moment, At: e.At, Journey: w.Journey,
			Expect: w.Expect, State: matrix.None, Why: found.reason(), Experiment: e.File}
		switch {
		case found.run != nil:
			m := found.run.Manifest
			cell.State, cell.Verdict = matrix.Measured, outcomes[i].Verdict
			cell.Measures, cell.Why = outcomes[i].Measures, outcomes[i].Why
			cell.Started, cell.Versions, cell.Run = &m.Started, m.Versions, filepath.ToSlash(found.run.Dir)
			cell.Report = c.link(found.run.Dir)
			if found.old {
				cell.State = matrix.TooOld
			}
		case found.crashed != nil:
			cell.State, cell.Verdict, cell.Started = matrix.Measured, finding.Invalid, &found.crashed.Started
		}
		cells = append(cells, cell)
	}
	return cells, nil
}

// judgedKey names a run and what it is judged by: two searches share the runs of a length, and
// each has a journey and limits of its own.
func judgedKey(dir string, e Experiment) string { return fmt.Sprintf("%s %v", dir, e.Wanted) }

// link is the report of a run from the folder of the campaign.
func (c *Campaign) link(dir string) string {
	here, err := filepath.Abs(c.Dir)
	if err != nil {
		return ""
	}
	to, err := filepath.Abs(filepath.Join(dir, "report.html"))
	if err != nil {
		return ""
	}
	rel, err := filepath.Rel(here, to)
	if err != nil {
		return ""
	}
	return filepath.ToSlash(rel)
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006 15:04") }
