package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
	"example.org/odooharness/results/bucket"
)

// Strategies of changes.
const (
	RollingRestart = "rolling-restart" // one server after the other, each with time to end its requests
	HardRestart    = "hard-restart"    // all at once, by SIGKILL
	ModuleUpdate   = "module-update"   // a module with a new column, applied (-u) next to the servers, then a rolling restart
	BadRelease     = "bad-release"     // a release that starts and does not work, watched and rolled back
	ByCommand      = "command"         // the user's own
)

// Drill is a procedure of operators, exercised under load: a recovery or a change.
type Drill struct {
	Kind     string // results.DrillRecovery, results.DrillChange
	Name     string
	At       Moment // the backup, or the change
	Setups   []string
	Strategy string
	Watch    *Halt // change: the error rate that rolls it back
	Line     int
	Field    string // recovery, changes.0

	BreakAt  Moment // recovery: when the data are lost
	Replay   bool
	Damage   bool
	Store    string        // s3://bucket/prefix: where backups go; empty: they stay next to the database
	RPO, RTO time.Duration // objectives, 0: none
	Commands map[string]string
	Limit    time.Duration // of a step
}

// recoveryFile and changeFile mirror experiment.schema.json.
type recoveryFile struct {
	Name     string            `yaml:"name"`
	BackupAt Moment            `yaml:"backupAt"`
	BreakAt  Moment            `yaml:"breakAt"`
	Replay   bool              `yaml:"replay"`
	Damage   bool              `yaml:"damage"`
	Store    string            `yaml:"store"`
	RPO      file.Duration     `yaml:"rpo"`
	RTO      file.Duration     `yaml:"rto"`
	Limit    file.Duration     `yaml:"limit"`
	Commands map[string]string `yaml:"commands"`
	Setups   []string          `yaml:"setups"`
}

type changeFile struct {
	Name     string            `yaml:"name"`
	At       Moment            `yaml:"at"`
	Strategy string            `yaml:"strategy"`
	Watch    *haltFile         `yaml:"watch"`
	Limit    file.Duration     `yaml:"limit"`
	Commands map[string]string `yaml:"commands"`
	Setups   []string          `yaml:"setups"`
}

// drillLimit bounds a step of a drill unless the file gives another.
const drillLimit = 2 * time.Minute

// drills reads the sections recovery and changes.
func (e *Experiment) drills(doc *file.Document, f experimentFile) error {
	var problems file.Problems
	add := func(field, what, remedy string) { problems = append(problems, doc.Problem(field, what, remedy)) }
	if r := f.Recovery; r != nil {
		d := Drill{Kind: results.DrillRecovery, Name: cmp.Or(r.Name, "recovery"), At: r.BackupAt, BreakAt: r.BreakAt,
			Strategy: "lab", Replay: r.Replay, Damage: r.Damage, Store: r.Store, RPO: time.Duration(r.RPO), RTO: time.Duration(r.RTO),
			Commands: r.Commands, Setups: r.Setups, Line: doc.Line("recovery"), Field: "recovery",
			Limit: cmp.Or(time.Duration(r.Limit), drillLimit)}
		if len(r.Commands) > 0 {
			d.Strategy = ByCommand
		}
		e.checkDrill(d, []string{"backup", "break", "restore"}, []string{"start"}, "recovery", add)
		e.Drills = append(e.Drills, d)
	}
	for i, c := range f.Changes {
		at := fmt.Sprintf("changes.%d", i)
		d := Drill{Kind: results.DrillChange, Name: c.Name, At: c.At, Strategy: c.Strategy, Commands: c.Commands,
			Setups: c.Setups, Line: doc.Line(at), Field: at, Limit: cmp.Or(time.Duration(c.Limit), drillLimit),
			Watch: c.Watch.halt()}
		if d.Strategy == BadRelease && d.Watch == nil {
			add(at, "a bad release is found by the watch, and there is none",
				"write watch: {errorShare: 0.02, for: 15s}")
		}
		if d.Watch != nil && d.Watch.For >= d.Limit {
			add(at+".watch", "the watch is longer than the limit of a step",
				"give limit more than "+d.Watch.For.String())
		}
		e.checkDrill(d, []string{"deploy"}, []string{"rollback"}, at, add)
		e.Drills = append(e.Drills, d)
	}
	return problems.Err()
}

// checkDrill verifies a drill against the setups that it runs on.
func (e *Experiment) checkDrill(d Drill, needed, optional []string, at string, add addProblem) {
	if d.Store != "" {
		if _, err := bucket.Parse(d.Store); err != nil {
			add(at+".store", err.Error(), "write s3://bucket/prefix; credentials come from the environment")
		} else if d.Strategy == ByCommand {
			add(at+".store", "where backups lie is the business of your own commands", "remove it")
		}
	}
	if d.Strategy == ByCommand {
		for name := range d.Commands {
			if !slices.Contains(slices.Concat(needed, optional), name) {
				add(at+".commands."+name, "there is no step "+name, "steps are "+strings.Join(slices.Concat(needed, optional), ", "))
			}
		}
		for _, name := range needed {
			if d.Commands[name] == "" {
				add(at, "commands has no "+name, "write what your own tool is called with; docs/drills.md has examples")
			}
		}
		return
	}
	if len(d.Commands) > 0 {
		add(at+".commands", "commands are of strategy command", "remove them, or write strategy: command")
	}
	for _, s := range e.Setups {
		if !d.AppliesTo(s.Name) {
			continue
		}
		if s.Lab == nil || s.Lab.Kind != results.LabOdoo {
			add(at, "setup "+s.Name+" is no real Odoo lab: the harness does not know its tools",
				"name them under commands; docs/drills.md has examples")
			continue
		}
		if s.Lab.Odoo != 0 && s.Lab.Odoo != 19 {
			add(at, fmt.Sprintf("setup %s has Odoo %d, and the tools of the lab were tried on 19 alone", s.Name, s.Lab.Odoo),
				"write odoo: 19 in its lab")
			continue
		}
		if d.Replay && !s.Lab.Archive {
			add(at, "replay needs the archived log, and setup "+s.Name+" has none", "add archive: true to its lab")
		}
	}
}

// AppliesTo reports whether the drill runs on a setup.
func (d Drill) AppliesTo(setup string) bool {
	return len(d.Setups) == 0 || slices.Contains(d.Setups, setup)
}

// AppliesTo reports whether the fault is injected on a setup.
func (f Fault) AppliesTo(setup string) bool {
	return len(f.Setups) == 0 || slices.Contains(f.Setups, setup)
}
