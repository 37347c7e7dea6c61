package experiment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// drilling is a drill under way.
type drilling struct {
	trial   *trialRun
	base    time.Time
	planned PlannedDrill

	record results.Drill // of this goroutine alone; copies go to the trial
}

// drill does one drill and keeps its record. That it failed is its result, not an
// error of the run.
func (t *trialRun) drill(ctx context.Context, base time.Time, p PlannedDrill) error {
	d := &drilling{trial: t, base: base, planned: p, record: results.Drill{
		Kind: p.Kind, Name: p.Name, Strategy: p.Strategy, Planned: results.OffsetOf(p.At),
		Damaged: p.drill.Damage, Replay: p.drill.Replay, RPOGoal: goal(p.drill.RPO), RTOGoal: goal(p.drill.RTO),
	}}
	for _, tenant := range t.setup.Tenants {
		d.record.Tenants = append(d.record.Tenants, tenant.Name)
	}
	do := d.change
	if p.Kind == results.DrillRecovery {
		do = d.recovery
	}
	if !waitUntil(ctx, base.Add(p.At)) {
		return nil // the trial ended before its moment came
	}
	if err := do(ctx); err != nil {
		d.record.Err = err.Error()
		t.say(fmt.Sprintf("drill %s: %v", p.Name, err))
	}
	d.keep()
	return nil
}

func goal(d time.Duration) *float64 {
	if d <= 0 {
		return nil
	}
	s := d.Seconds()
	return &s
}

// step does one step of the drill within its limit, and marks it.
func (d *drilling) step(ctx context.Context, name, target string, do func(ctx context.Context) (note string, err error)) error {
	ctx, cancel := context.WithTimeout(ctx, d.planned.drill.Limit)
	defer cancel()
	d.trial.say(fmt.Sprintf("drill %s: %s %s", d.planned.Name, name, target))
	d.record.Steps = append(d.record.Steps, results.DrillStep{Name: name, Target: target, From: d.now()})
	step := &d.record.Steps[len(d.record.Steps)-1]
	d.keep()
	note, err := do(ctx)
	end := d.now()
	step.To, step.Note = &end, note
	if err != nil {
		step.Err = err.Error()
		err = fmt.Errorf("%s %s: %w", name, target, err)
	}
	d.keep()
	return err
}

// eachStack does a step once for the servers of each stack: they share the source of
// their modules.
func (d *drilling) eachStack(ctx context.Context, step string, do func(context.Context, lab.Running) (string, error)) error {
	done := map[string]bool{}
	for _, server := range d.parts("odoo") {
		stack, _, _ := strings.Cut(server.Name, "/")
		if done[stack] {
			continue
		}
		done[stack] = true
		err := d.step(ctx, step, server.Name, func(ctx context.Context) (string, error) { return do(ctx, server) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *drilling) now() results.Offset { return results.OffsetOf(time.Since(d.base)) }

// keep copies the record to the trial.
func (d *drilling) keep() {
	copied := d.record
	copied.Steps = slices.Clone(d.record.Steps)
	d.trial.mu.Lock()
	defer d.trial.mu.Unlock()
	kept := &d.trial.trial.Drills
	if i := slices.IndexFunc(*kept, func(r results.Drill) bool { return r.Name == copied.Name }); i >= 0 {
		(*kept)[i] = copied
		return
	}
	*kept = append(*kept, copied)
}

// parts lists the lab's components of a kind; a standby is not among them.
func (d *drilling) parts(kind string) []lab.Running {
	return slices.DeleteFunc(slices.Clone(d.trial.target.Parts), func(p lab.Running) bool {
		return p.Kind != kind || p.Role == "standby"
	})
}

// processManifest is a fault of the driver's on a process, which carries out what
// a drill does to servers: so it is taken back when the harness dies.
const processManifest = `apiVersion: chaos-mesh.org/v1alpha1
kind: PodChaos
metadata: {name: drill, annotations: {odoo-harness/class: application}}
spec:
  action: %s
  mode: all
  duration: %s
  gracePeriod: %d
  selector: {labelSelectors: {app.kubernetes.io/part-of: odoo-lab}}
`

// session is a process fault on one component.
func (d *drilling) session(action string, grace time.Duration, on lab.Running) (*chaos.Session, error) {
	text := fmt.Sprintf(processManifest, action, d.planned.drill.Limit, int(grace.Seconds()))
	m, err := manifest.Parse("drill", []byte(text))
	if err != nil {
		return nil, err
	}
	fault, err := d.trial.target.Driver.Fault(m, []chaos.Component{on.Component})
	if err != nil {
		return nil, err
	}
	return chaos.NewSession(fault, chaos.Options{
		Clock: d.now, Gone: d.planned.drill.Limit, CleanUp: max(grace+10*time.Second, 30*time.Second),
	}), nil
}

// finish closes sessions with a time limit of its own.
func finish(ctx context.Context, sessions []*chaos.Session) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	var problems []error
	for _, s := range sessions {
		problems = append(problems, s.Close(ctx))
	}
	return errors.Join(problems...)
}
