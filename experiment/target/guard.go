package target

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/guard"
	"example.org/odooharness/chaos/local"
	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/lines"
)

// ServeGuard applies faults to the components of a setup file, requested over a Unix
// socket, until ctx ends. By its return every fault has been reverted. Ready is called
// once it listens.
func ServeGuard(ctx context.Context, setupPath, socket string, ready func() error) error {
	s, err := spec.LoadSetup(setupPath)
	if err != nil {
		return err
	}
	driver, closeDriver, err := liveDriver(ctx, s)
	if err != nil {
		return err
	}
	defer closeDriver()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if err := errors.Join(os.Chmod(socket, 0o600), ready()); err != nil {
		return errors.Join(err, listener.Close())
	}
	return guard.Serve(ctx, listener, driver)
}

// liveDriver is the driver of a setup without a lab: of Chaos Mesh, or of parts on
// this machine.
func liveDriver(ctx context.Context, s spec.Setup) (driver chaos.Driver, closeAll func(), err error) {
	if s.OnKubernetes() {
		log := lines.Logger(func(line string) { fmt.Fprintln(os.Stderr, "guard: "+line) }) // it has no other output
		return liveMesh(ctx, s, log)
	}
	parts, closeParts, err := liveParts(s)
	if err != nil {
		return nil, nil, err
	}
	d := local.New(parts)
	claim, err := postgres.NewClaim(ctx, d.Servers()...)
	if err != nil {
		closeParts()
		return nil, nil, err
	}
	return d, func() { claim.Close(ctx); closeParts() }, nil
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
	claim, err := postgres.NewClaim(ctx, driver.Servers()...)
	if err != nil {
		closeAll()
		return nil, nil, err
	}
	closeTunnel := closeAll
	return driver, func() { claim.Close(ctx); closeTunnel() }, nil
}

// liveParts opens the proxies of an external setup and finds its processes. Only
// components that the setup file allows are among them.
func liveParts(s spec.Setup) (parts []local.Part, closeAll func(), err error) {
	var proxies []*local.TCPProxy
	closeAll = func() {
		for _, p := range proxies {
			_ = p.Close(context.Background()) // the process ends
		}
	}
	for _, c := range s.Components {
		part := local.Part{Component: component(s, c), DSN: os.Getenv(c.DSNEnv), RedisURL: os.Getenv(c.URLEnv)}
		if c.Proxy != nil {
			proxy, err := local.NewProxy(c.Name, c.Proxy.Listen, c.Proxy.Upstream)
			if err != nil {
				closeAll()
				return nil, nil, fmt.Errorf("open the proxy of %s: %w", c.Name, err)
			}
			proxies = append(proxies, proxy)
			part.Proxy = proxy
		}
		if c.PIDFile != "" {
			part.Process, part.Foreign = pidFile(c), true
		}
		if s.Allows(c.Name) {
			parts = append(parts, part)
		}
	}
	return parts, closeAll, nil
}

// pidFile is the process of a component that a supervisor outside the harness keeps.
func pidFile(c spec.ComponentEntry) local.PIDFile {
	upstream := ""
	if c.Proxy != nil {
		upstream = c.Proxy.Upstream
	}
	return local.PIDFile{Path: c.PIDFile, Kind: c.Kind,
		Port: local.PortOf(upstream, os.Getenv(c.DSNEnv), os.Getenv(c.URLEnv), c.Address)}
}
