package drill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// change does a change by its strategy, watches the service after it, and rolls back
// what is bad.
func (d *run) change(ctx context.Context) error {
	err := d.changeBy(ctx)
	if rule := d.planned.Spec.Watch; err == nil && rule != nil {
		err = d.watch(ctx, *rule)
	}
	if err == nil || !d.revocable() {
		return err
	}
	return errors.Join(err, d.rollback(ctx))
}

func (d *run) changeBy(ctx context.Context) error {
	switch d.planned.Strategy {
	case spec.RollingRestart:
		return d.rolling(ctx)
	case spec.HardRestart:
		return d.allAtOnce(ctx)
	case spec.ModuleUpdate:
		return d.update(ctx)
	case spec.BadRelease:
		return d.badRelease(ctx)
	case spec.ByCommand:
		return d.command(ctx, "deploy")
	}
	return fmt.Errorf("there is no strategy %s", d.planned.Strategy)
}

// rolling restarts one server after the other: the next one is not touched before
// the last one serves again.
func (d *run) rolling(ctx context.Context) error {
	for _, server := range d.parts(results.KindOdoo) {
		err := d.step(ctx, "restart", server.Name, func(ctx context.Context) (string, error) {
			return d.restart(ctx, restartGrace, server)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// allAtOnce kills every server without a word.
func (d *run) allAtOnce(ctx context.Context) error {
	servers := d.parts(results.KindOdoo)
	return d.step(ctx, "restart", "all", func(ctx context.Context) (string, error) {
		return d.restart(ctx, 0, servers...)
	})
}

// restart ends servers and waits until their supervisor has started them again and
// they serve.
func (d *run) restart(ctx context.Context, grace time.Duration, servers ...lab.Running) (note string, err error) {
	var sessions []*chaos.Session
	defer func() { err = errors.Join(err, finish(ctx, sessions)) }()
	for _, server := range servers {
		s, err := d.session("pod-kill", grace, server)
		if err != nil {
			return "", err
		}
		sessions = append(sessions, s)
		if err := s.Prepare(ctx); err != nil {
			return "", err
		}
	}
	for _, s := range sessions {
		if err := s.Inject(ctx); err != nil {
			return "", err
		}
	}
	var proofs []string
	for _, s := range sessions {
		if err := errors.Join(s.InEffect(ctx), s.Recover(ctx), s.Recovered(ctx)); err != nil {
			return "", err
		}
		proofs = append(proofs, s.Injection().GoneProof)
	}
	return strings.Join(proofs, "; "), nil
}

// update applies a new release of a module to the databases of every stack, then
// has the servers load it one after the other.
func (d *run) update(ctx context.Context) error {
	operator, err := d.operator(ctx)
	if err != nil {
		return err
	}
	err = d.eachStack(ctx, "update", func(ctx context.Context, server lab.Running) (string, error) {
		return "one column more in " + strings.Join(server.Tenants, ", "), operator.Update(ctx, server, server.Tenants)
	})
	if err != nil {
		return err
	}
	return d.rolling(ctx)
}

// outputKept bounds what is kept of a command's output.
const outputKept = 300

// command runs one of the user's commands as a step, and its children with it: when
// the limit ends it all of them are ended.
func (d *run) command(ctx context.Context, name string) error {
	return d.step(ctx, name, "", func(ctx context.Context) (string, error) {
		cmd := exec.CommandContext(ctx, "/bin/sh", "-c", d.planned.Spec.Commands[name]) // from the user's own file
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
		cmd.WaitDelay = 5 * time.Second
		cmd.Env = append(cmd.Environ(), "HARNESS_SETUP="+d.Setup, "HARNESS_DRILL="+d.planned.Name)
		var output bytes.Buffer
		cmd.Stdout, cmd.Stderr = &output, &output
		err := cmd.Run()
		said := strings.TrimSpace(output.String())
		if len(said) > outputKept {
			said = "… " + said[len(said)-outputKept:]
		}
		return said, err
	})
}
