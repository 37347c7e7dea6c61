package experiment

import (
	"fmt"
	"time"

	"example.org/odooharness/results"
	"example.org/odooharness/results/bucket"
)

// Strategies of changes.
const (
	RollingRestart = "rolling-restart" // one server after the other, each with time to end its requests
	HardRestart    = "hard-restart"    // all at once, without a word
	ModuleUpdate   = "module-update"   // a module with a new column, applied (-u) beside the servers, then a rolling restart
	BadRelease     = "bad-release"     // a release that starts and does not work, watched and rolled back
	ByCommand      = "command"         // the user's own
)

// Drill is something that operators do, done under load: a recovery or a change.
type Drill struct {
	Kind     string // results.DrillRecovery, results.DrillChange
	Name     string
	At       Moment // the backup, or the change
	Setups   []string
	Strategy string
	Watch    *Halt // change: what the clients may see after it for how long, else it is rolled back
	Line     int

	BreakAt  Moment // recovery: when the data are lost
	Replay   bool
	Damage   bool
	Store    string        // s3://bucket/prefix: where backups go, empty: they stay beside the database
	RPO, RTO time.Duration // objectives, 0: none
	Commands map[string]string
	Limit    time.Duration // of a step
}

// PlannedDrill is a drill with its moments resolved.
type PlannedDrill struct {
	Kind     string        `json:"kind"`
	Name     string        `json:"name"`
	Strategy string        `json:"strategy"`
	At       time.Duration `json:"at_ns"`
	BreakAt  time.Duration `json:"break_at_ns,omitempty"`
	Store    string        `json:"store,omitempty"`

	drill Drill
}

// recoveryFile and changeFile mirror experiment.schema.json.
type recoveryFile struct {
	Name     string            `yaml:"name"`
	BackupAt Moment            `yaml:"backupAt"`
	BreakAt  Moment            `yaml:"breakAt"`
	Replay   bool              `yaml:"replay"`
	Damage   bool              `yaml:"damage"`
	Store    string            `yaml:"store"`
	RPO      Duration          `yaml:"rpo"`
	RTO      Duration          `yaml:"rto"`
	Limit    Duration          `yaml:"limit"`
	Commands map[string]string `yaml:"commands"`
	Setups   []string          `yaml:"setups"`
}

type changeFile struct {
	Name     string            `yaml:"name"`
	At       Moment            `yaml:"at"`
	Strategy string            `yaml:"strategy"`
	Watch    *haltFile         `yaml:"watch"`
	Limit    Duration          `yaml:"limit"`
	Commands map[string]string `yaml:"commands"`
	Setups   []string          `yaml:"setups"`
}

// drillLimit bounds a step of a drill unless the file says otherwise.
const drillLimit = 2 * time.Minute

// drills reads the sections recovery and changes.
func (e *Experiment) drills(doc *document, f file) error {
	var problems Problems
	add := func(path []string, what, remedy string) {
		problems = append(problems, Problem{File: e.Path, Line: doc.line(path), Field: join(path), What: what, Remedy: remedy})
	}
	if r := f.Recovery; r != nil {
		d := Drill{Kind: results.DrillRecovery, Name: orElse(r.Name, "recovery"), At: r.BackupAt, BreakAt: r.BreakAt,
			Strategy: "lab", Replay: r.Replay, Damage: r.Damage, Store: r.Store, RPO: time.Duration(r.RPO), RTO: time.Duration(r.RTO),
			Commands: r.Commands, Setups: r.Setups, Line: doc.line([]string{"recovery"}),
			Limit: orElse(time.Duration(r.Limit), drillLimit)}
		if len(r.Commands) > 0 {
			d.Strategy = ByCommand
		}
		e.checkDrill(d, []string{"backup", "break", "restore"}, []string{"recovery"}, add)
		e.Drills = append(e.Drills, d)
	}
	for i, c := range f.Changes {
		d := Drill{Kind: results.DrillChange, Name: c.Name, At: c.At, Strategy: c.Strategy, Commands: c.Commands,
			Setups: c.Setups, Line: doc.line([]string{"changes", itoa(i)}), Limit: orElse(time.Duration(c.Limit), drillLimit),
			Watch: c.Watch.halt()}
		if d.Strategy == BadRelease && d.Watch == nil {
			add([]string{"changes", itoa(i)}, "a bad release is found by the watch, and there is none",
				"write watch: {errorShare: 0.02, for: 15s}")
		}
		if d.Watch != nil && d.Watch.For >= d.Limit {
			add([]string{"changes", itoa(i), "watch"}, "the watch is longer than the limit of a step",
				"give limit more than "+d.Watch.For.String())
		}
		e.checkDrill(d, []string{"deploy"}, []string{"changes", itoa(i)}, add)
		e.Drills = append(e.Drills, d)
	}
	return problems.Err()
}

// checkDrill holds a drill against the setups that it is for.
func (e *Experiment) checkDrill(d Drill, needed, path []string, add func([]string, string, string)) {
	if d.Store != "" {
		if _, err := bucket.Parse(d.Store); err != nil {
			add(append(path, "store"), err.Error(), "write s3://bucket/prefix; credentials come from the environment")
		} else if d.Strategy == ByCommand {
			add(append(path, "store"), "where backups lie is the business of your own commands", "remove it")
		}
	}
	if d.Strategy == ByCommand {
		for _, name := range needed {
			if d.Commands[name] == "" {
				add(path, "commands has no "+name, "write what your own tool is called with; docs/drills.md has examples")
			}
		}
		return
	}
	if len(d.Commands) > 0 {
		add(path, "commands are of strategy command", "remove them, or write strategy: command")
	}
	for _, s := range e.Setups {
		if !applies(d.Setups, s.Name) {
			continue
		}
		if s.Lab == nil || s.Lab.Kind != "odoo" {
			add(path, "setup "+s.Name+" is no real Odoo lab: the harness does not know its tools",
				"name them under commands; docs/drills.md has examples")
			continue
		}
		if d.Replay && !s.Lab.Archive {
			add(path, "replay needs the archived log, and setup "+s.Name+" has none", "add archive: true to its lab")
		}
	}
}

// applies is about lists of setups in which none means all.
func applies(setups []string, name string) bool {
	for _, s := range setups {
		if s == name {
			return true
		}
	}
	return len(setups) == 0
}

// planDrills resolves the drills of a setup.
func (e *Experiment) planDrills(setup Setup, f frame) ([]PlannedDrill, error) {
	var problems Problems
	var planned []PlannedDrill
	for _, d := range e.Drills {
		if !applies(d.Setups, setup.Name) {
			continue
		}
		p := PlannedDrill{Kind: d.Kind, Name: d.Name, Strategy: d.Strategy, Store: d.Store, drill: d}
		moments := map[*time.Duration]Moment{&p.At: d.At}
		if d.Kind == results.DrillRecovery {
			moments[&p.BreakAt] = d.BreakAt
		}
		for at, moment := range moments {
			resolved, err := moment.Resolve(f.landmarks)
			if err == nil && (resolved < e.Warmup || resolved >= f.trial.Length) {
				err = fmt.Errorf("%s lies outside the measured part of the trial, %s to %s", resolved, e.Warmup, f.trial.Length)
			}
			if err != nil {
				problems = append(problems, Problem{File: e.Path, Line: d.Line, Field: d.Kind, What: d.Name + ": " + err.Error()})
			}
			*at = resolved
		}
		if d.Watch != nil && p.At+d.Watch.For >= f.trial.Length {
			problems = append(problems, Problem{File: e.Path, Line: d.Line, Field: "changes",
				What:   fmt.Sprintf("%s: the watch of %s does not end before the load, at %s", d.Name, d.Watch.For, f.trial.Length),
				Remedy: "change earlier, or lengthen the scenarios"})
		}
		if d.Kind == results.DrillRecovery && p.BreakAt <= p.At {
			problems = append(problems, Problem{File: e.Path, Line: d.Line, Field: "recovery.breakAt",
				What: "the data are lost before the backup is taken", Remedy: "leave the backup time to end"})
		}
		planned = append(planned, p)
	}
	return planned, problems.Err()
}
