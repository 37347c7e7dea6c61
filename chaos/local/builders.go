package local

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/kind"
	"example.org/odooharness/chaos/local/pidfile"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/chaos/redis"
	"example.org/odooharness/chaos/watchdog"
	"example.org/odooharness/results"
)

// request is what a builder gets next to the component.
type request struct {
	driver   *Driver
	manifest chaos.Manifest // its name is unique to the session
	document *manifest.Document
}

// builder makes the fault of one action on one component. The error names the field
// of the manifest.
type builder func(r request, part Part) (chaos.Fault, error)

// builders returns the builder of every row of [kind.Table] that this driver makes,
// by the row's name.
func builders() map[string]builder {
	all := map[string]builder{
		"PodChaos pod-kill":           buildKill,
		"PodChaos container-kill":     buildKill,
		"PodChaos pod-failure":        buildFailure,
		"NetworkChaos delay":          buildNetwork,
		"NetworkChaos partition":      buildNetwork,
		"NetworkChaos bandwidth":      buildNetwork,
		"StressChaos cpu":             buildStress,
		"HTTPChaos abort":             buildHTTP,
		"HTTPChaos delay":             buildHTTP,
		"PostgresChaos restart":       buildRestart,
		"PostgresChaos freeze":        buildFreeze,
		"PostgresChaos failover":      buildFailover,
		"PostgresChaos fill-wal-disk": buildFillDisk,
		"RedisChaos kill":             buildKill,
		"RedisChaos freeze":           buildFreeze,
		"OdooChaos kill-worker":       buildWorker,
		"CarrierChaos fail":           buildCarrier,
		"CarrierChaos double":         buildCarrier,
	}
	for action, build := range postgres.Builders() {
		all[kind.Name("PostgresChaos", action)] = func(r request, part Part) (chaos.Fault, error) {
			return build(r.target(part), r.document.PostgresParameters(), r.manifest.Duration), nil
		}
	}
	for action, build := range redis.Builders() {
		all[kind.Name("RedisChaos", action)] = func(r request, part Part) (chaos.Fault, error) {
			target := redis.Target{Name: part.Name, URL: part.RedisURL, Mark: r.mark()}
			fault, err := build(target, r.document.RedisParameters(), r.manifest.Duration)
			if err != nil || action != "squeeze-memory" {
				return fault, err
			}
			return &insured{Fault: fault, hold: r.hold, undo: watchdog.Undo{Redis: part.RedisURL}}, nil
		}
	}
	return all
}

// target is a PostgreSQL component with the databases that the manifest hits.
func (r request) target(part Part) postgres.Target {
	return postgres.Target{Name: part.Name, DSN: part.DSN, Setup: part.Databases, Mark: r.mark(),
		Databases: r.document.PostgresParameters().Databases}
}

// reach describes what of a component is hit: in PostgreSQL the databases.
func (r request) reach(row kind.Fault, part Part) (string, error) {
	if slices.Contains(kind.With(row.Kind, "databases"), row.Action) {
		return r.target(part).Hits()
	}
	process := slices.Contains(row.Local.Needs, kind.Process)
	text := ""
	if part.Kind == results.KindPostgres && (process || slices.Contains(row.Local.Needs, kind.LogDisk)) {
		text = "every database on " + part.Name
	}
	if process && part.Foreign && !row.Lasts {
		text = cmp.Or(text, "the process of "+part.Name) + "; the harness does not start it again, its own supervisor must"
		if keeper, can := part.Process.(interface{ Keeper() string }); can && keeper.Keeper() != "" {
			text += ": " + keeper.Keeper()
		}
	}
	return text, nil
}

// possible returns every reason why this driver cannot make the manifest on any
// component.
func possible(m chaos.Manifest, document *manifest.Document) error {
	row, known := kind.Find(m.Kind, m.Action)
	if !known {
		return fmt.Errorf("kind: the local driver does not know %s with action %q", m.Kind, m.Action)
	}
	var problems []error
	if row.Local.Cannot != "" {
		problems = append(problems, fmt.Errorf("%s: %s; %s", row.Local.Field, row.Local.Cannot, row.Local.Instead))
	}
	switch {
	case document.Network != nil:
		problems = append(problems, networkFields(&document.Network.Spec))
	case document.HTTP != nil:
		problems = append(problems, httpFields(&document.HTTP.Spec))
	}
	return errors.Join(problems...)
}

// lacking returns what a component lacks for a fault.
func lacking(row kind.Fault, part Part) error {
	if want := kind.Component(row.Kind); want != "" && part.Kind != want {
		return fmt.Errorf("spec.selector: %s is a %s, not a %s", part.Name, part.Kind, want)
	}
	needs := func(need kind.Need) bool { return slices.Contains(row.Local.Needs, need) }
	switch {
	case needs(kind.Hold) && part.Process == nil:
		return fmt.Errorf("spec.selector: only the harness's own supervisor can keep %s down, as in a lab; "+
			"write PodChaos with action pod-kill, and add pidFile: /path/to/file.pid to it in the setup file", part.Name)
	case needs(kind.Process) && part.Process == nil:
		return fmt.Errorf("spec.selector: the harness does not know the process of %s; "+
			"add pidFile: /path/to/file.pid to it in the setup file", part.Name)
	case needs(kind.Hold) && part.Foreign:
		return fmt.Errorf("spec.selector: %s: %w", part.Name, pidfile.ErrForeign)
	case needs(kind.DatabaseDSN) && part.DSN == "":
		return fmt.Errorf("spec.selector: no dsn of %s is known; add dsnEnv: VARIABLE to it in the setup file. %s needs %s", part.Name,
			row.Action, postgres.Rights()[row.Action])
	case needs(kind.RedisURL) && part.RedisURL == "":
		return fmt.Errorf("spec.selector: no url of %s is known; add urlEnv: VARIABLE to it in the setup file", part.Name)
	case needs(kind.LogDisk) && part.WAL == "":
		return fmt.Errorf("spec.selector: the write-ahead log of %s is not known to be on a file system of its own, "+
			"and filling a shared one would hit others; write walDisk: 512Mi in the setup's lab", part.Name)
	}
	return nil
}
