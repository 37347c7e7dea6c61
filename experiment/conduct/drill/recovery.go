package drill

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// recovery backs the databases up under load, loses them, restores them into a clean
// place and starts them. With a store, the backup is in the store until the restore:
//
//	backup [──> send] ──> (work goes on) ──> break [──> fetch] ──> restore ──> start ──> audit
//
// The audit decides whether the restored business is whole. The journal gives how long it
// was unavailable, and what it lost.
func (d *run) recovery(ctx context.Context) error {
	if d.planned.Strategy == spec.ByCommand {
		return d.recoveryByCommand(ctx)
	}
	away, err := openOffsite(d.planned.Spec)
	if err != nil {
		return err
	}
	if away != nil {
		defer func() {
			if left := away.forget(ctx); left != nil { // the verdict on the restore does not depend on it
				d.Log.Warn("backups are left in the store", "drill", d.planned.Name, "error", left)
			}
		}()
	}
	operator, err := d.operator(ctx)
	if err != nil {
		return err
	}
	databases := d.parts(results.KindPostgres)
	backups := make([]lab.Backup, len(databases))
	for i, db := range databases {
		err := d.step(ctx, "backup", db.Name, func(ctx context.Context) (string, error) {
			var err error
			backups[i], err = operator.Backup(ctx, db)
			d.record.Bytes += backups[i].Bytes
			if err == nil && d.planned.Spec.Damage {
				err = operator.Damage(backups[i])
			}
			return fmt.Sprintf("%d bytes", backups[i].Bytes), err
		})
		if err == nil && away != nil {
			err = d.step(ctx, "send", db.Name, func(ctx context.Context) (string, error) {
				return away.send(ctx, d.Trial, backups[i])
			})
		}
		if err != nil {
			return err
		}
	}
	if !d.clock.Wait(ctx, d.planned.BreakAt) {
		return context.Cause(ctx)
	}
	return d.loseAndRestore(ctx, operator, away, databases, backups)
}

// loseAndRestore holds every PostgreSQL down while its data are lost and restored.
func (d *run) loseAndRestore(
	ctx context.Context, operator lab.Operator, away *offsite, databases []lab.Running, backups []lab.Backup,
) (err error) {
	var sessions []*chaos.Session
	defer func() { err = errors.Join(err, finish(ctx, sessions)) }()
	for _, db := range databases {
		s, err := d.session("pod-failure", 0, db)
		if err != nil {
			return err
		}
		sessions = append(sessions, s)
		err = d.step(ctx, "break", db.Name, func(ctx context.Context) (string, error) {
			if err := errors.Join(s.Prepare(ctx), s.Inject(ctx)); err != nil {
				return "", err
			}
			return "the server was killed and its data folder was removed", operator.Lose(ctx, db)
		})
		if err != nil {
			return err
		}
	}
	for i, db := range databases {
		if away != nil {
			err := d.step(ctx, "fetch", db.Name, func(ctx context.Context) (string, error) { return away.fetch(ctx, backups[i]) })
			if err != nil {
				return err
			}
		}
		err := d.step(ctx, "restore", db.Name, func(ctx context.Context) (string, error) {
			return "", operator.Restore(ctx, backups[i], d.planned.Spec.Replay)
		})
		if err != nil {
			return err
		}
	}
	for i, db := range databases {
		err := d.step(ctx, "start", db.Name, func(ctx context.Context) (string, error) {
			err := errors.Join(sessions[i].Recover(ctx), sessions[i].Recovered(ctx))
			return sessions[i].Injection().GoneProof, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// recoveryByCommand does the same by the user's own tools.
func (d *run) recoveryByCommand(ctx context.Context) error {
	if err := d.command(ctx, "backup"); err != nil {
		return err
	}
	if !d.clock.Wait(ctx, d.planned.BreakAt) {
		return context.Cause(ctx)
	}
	for _, name := range []string{"break", "restore", "start"} {
		if d.planned.Spec.Commands[name] == "" {
			continue // start is not needed where restore starts
		}
		if err := d.command(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// restartGrace is how long a server may still work on its requests after SIGTERM.
const restartGrace = 30 * time.Second
