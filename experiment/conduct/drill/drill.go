package drill

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/experiment/conduct/clock"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// Rig is what a drill works on, and where its record goes.
type Rig struct {
	Setup   string
	Tenants []string
	Trial   string // its name: where backups are kept apart
	Target  *target.Target
	Log     *slog.Logger
	Answers func() (steps, failed int64) // what clients have seen since the base instant
	Keep    func(results.Drill)          // called with a copy whenever the record changes
}

// run is a drill under way.
type run struct {
	Rig
	clock   clock.Clock
	planned plan.Drill

	record results.Drill // of one goroutine
}

// Run waits for the drill's moment, performs it and keeps its record. A failure of the
// drill is its result: it is in the record.
func (r Rig) Run(ctx context.Context, at clock.Clock, p plan.Drill) {
	d := &run{Rig: r, clock: at, planned: p, record: results.Drill{
		Kind: p.Kind, Name: p.Name, Strategy: p.Strategy, Planned: results.OffsetOf(p.At), Tenants: r.Tenants,
		Damaged: p.Spec.Damage, Replay: p.Spec.Replay, RPOGoal: goal(p.Spec.RPO), RTOGoal: goal(p.Spec.RTO),
	}}
	do := d.change
	if p.Kind == results.DrillRecovery {
		do = d.recovery
	}
	if !at.Wait(ctx, p.At) {
		return // the trial ended before its moment came
	}
	if err := do(ctx); err != nil {
		d.record.Err = err.Error()
		d.Log.Error("drill failed", "drill", p.Name, "error", err)
	}
	d.keep()
}

func goal(d time.Duration) *float64 {
	if d <= 0 {
		return nil
	}
	s := d.Seconds()
	return &s
}

// step does one step of the drill within its limit, and marks it.
func (d *run) step(ctx context.Context, name, target string, do func(ctx context.Context) (note string, err error)) error {
	ctx, cancel := context.WithTimeout(ctx, d.planned.Spec.Limit)
	defer cancel()
	d.Log.Info("drill step", "drill", d.planned.Name, "step", name, "target", target)
	d.record.Steps = append(d.record.Steps, results.DrillStep{Name: name, Target: target, From: d.clock.Now()})
	step := &d.record.Steps[len(d.record.Steps)-1]
	d.keep()
	note, err := do(ctx)
	end := d.clock.Now()
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
func (d *run) eachStack(ctx context.Context, step string, do func(context.Context, lab.Running) (string, error)) error {
	done := map[string]bool{}
	for _, server := range d.parts(results.KindOdoo) {
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

// keep passes on a copy of the record.
func (d *run) keep() {
	copied := d.record
	copied.Steps = slices.Clone(d.record.Steps)
	d.Keep(copied)
}

func (d *run) operator(ctx context.Context) (lab.Operator, error) {
	if d.Target.Operate == nil {
		return nil, errors.New("the harness does not know this target's tools; name them under commands")
	}
	return d.Target.Operate(ctx)
}

// parts lists the lab's components of a kind; a standby is not among them.
func (d *run) parts(kind results.Kind) []lab.Running {
	return slices.DeleteFunc(slices.Clone(d.Target.Parts), func(p lab.Running) bool {
		return p.Kind != kind || p.Role == "standby"
	})
}

// processManifest is a fault on a process, with which a drill stops servers. It is
// therefore reverted when the harness dies.
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
func (d *run) session(action string, grace time.Duration, on lab.Running) (*chaos.Session, error) {
	text := fmt.Sprintf(processManifest, action, d.planned.Spec.Limit, int(grace.Seconds()))
	m, err := manifest.Parse("drill", []byte(text))
	if err != nil {
		return nil, err
	}
	fault, err := d.Target.Driver.Fault(m, []chaos.Component{on.Component})
	if err != nil {
		return nil, err
	}
	return chaos.NewSession(fault, chaos.Options{
		Clock: d.clock.Now, Gone: d.planned.Spec.Limit, CleanUp: max(grace+10*time.Second, 30*time.Second),
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
