package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/lines"
)

// GuardOptions are what a guard works on.
type GuardOptions struct {
	Setup    string   // file
	Socket   string   // to listen on, in a folder that ends with the guard
	Run      string   // named in the marks of faults
	Watchdog []string // arguments of this program that make it a watchdog
}

// ServeGuard applies faults to the components of a setup file, requested over a Unix
// socket, until ctx ends; then every fault has been reverted. First it reverts what an
// earlier run has left. On out it writes lines for [startGuard].
func ServeGuard(ctx context.Context, o GuardOptions, out io.Writer) (err error) {
	defer func() { err = errors.Join(err, removeFolder(filepath.Dir(o.Socket))) }()
	driver, notes, closeDriver, err := liveDriver(ctx, o)
	if err != nil {
		return errors.Join(err, announce(out, refused, err.Error()))
	}
	defer closeDriver()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", o.Socket)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for _, note := range notes {
		err = errors.Join(err, announce(out, noted, note))
	}
	if err := errors.Join(err, os.Chmod(o.Socket, 0o600), announce(out, ready, "")); err != nil {
		return errors.Join(err, listener.Close())
	}
	return guard.Serve(ctx, listener, driver)
}

// liveDriver is the driver of a setup without a lab: of Chaos Mesh, or of parts on
// this machine.
func liveDriver(ctx context.Context, o GuardOptions) (driver chaos.Driver, notes []string, closeAll func(), err error) {
	s, err := spec.LoadSetup(o.Setup)
	if err != nil {
		return nil, nil, nil, err
	}
	if s.OnKubernetes() {
		log := lines.Logger(func(line string) { fmt.Fprintln(os.Stderr, "guard: "+line) }) // it has no other output
		s.Run = o.Run
		driver, closeAll, err = liveMesh(ctx, s, log)
		return driver, nil, closeAll, err
	}
	return liveLocal(ctx, s, o)
}

func liveMesh(ctx context.Context, s spec.Setup, log *slog.Logger) (driver *mesh.Driver, closeAll func(), err error) {
	if driver, err = meshDriver(ctx, s, true, log); err != nil {
		return nil, nil, err
	}
	release, err := driver.Acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	closeAll = func() { release(ctx) }
	w, err := newTunnel(s)
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	if w != nil {
		closeAll = func() { _ = w.Close(); release(ctx) } // the process ends
		if err := redirectDriver(ctx, w, driver); err != nil {
			closeAll()
			return nil, nil, err
		}
	}
	claim, err := postgres.NewClaim(ctx, s.Run, driver.Servers()...)
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	closeTunnel := closeAll
	return driver, func() { claim.Close(ctx); closeTunnel() }, nil
}
