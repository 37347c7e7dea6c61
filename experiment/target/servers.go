package target

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local"
	"example.org/odooharness/chaos/local/pidfile"
	"example.org/odooharness/chaos/mark"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/chaos/watchdog"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/secret"
)

// liveLocal is the driver over servers that the harness did not start. It has their claim,
// and what an earlier run has left there is reverted; notes state what that was.
func liveLocal(ctx context.Context, s spec.Setup, o GuardOptions) (driver chaos.Driver, notes []string, closeAll func(),
	err error) {
	parts, closeParts, err := liveParts(s)
	if err != nil {
		return nil, nil, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		closeParts()
		return nil, nil, nil, fmt.Errorf("find this program: %w", err)
	}
	dog, err := watchdog.Start(ctx, self, o.Watchdog...)
	if err != nil {
		closeParts()
		return nil, nil, nil, err
	}
	var claim *postgres.Claim
	closeAll = func() {
		claim.Close(ctx)
		closeParts()
		_ = dog.Close() // it reports on its own
	}
	d := local.New(parts).Insured(local.Owner{Run: o.Run, Notes: FaultNotes()}, dog)
	if claim, notes, err = repair(ctx, d, o.Run); err != nil {
		closeAll()
		return nil, nil, nil, err
	}
	return d, notes, closeAll, nil
}

// repair claims the servers of a driver and reverts what earlier runs have left in its
// components. It refuses what may be the fault of a run that lives, and what has no mark.
func repair(ctx context.Context, d *local.Driver, run string) (claim *postgres.Claim, notes []string, err error) {
	processes, err := d.LeftProcesses()
	if err != nil {
		return nil, nil, err
	}
	notes, err = revertMarked(ctx, processes) // a stopped server can be neither claimed nor searched
	if err != nil {
		return nil, notes, err
	}
	if claim, err = postgres.NewClaim(ctx, run, d.Servers()...); err != nil {
		return nil, notes, err
	}
	found, unreadable := d.LeftInServers(ctx)
	if unreadable != nil {
		notes = append(notes, fmt.Sprintf("A component was not searched for faults of earlier runs: %s.", firstLine(unreadable)))
	}
	more, err := revertMarked(ctx, found)
	notes = append(notes, more...)
	if err != nil {
		claim.Close(ctx)
		return nil, notes, err
	}
	return claim, notes, nil
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// revertMarked reverts the faults whose process has ended. Each gives a sentence for the
// report.
func revertMarked(ctx context.Context, found []mark.Left) (notes []string, err error) {
	var problems []error
	for _, l := range found {
		switch {
		case l.Fault == "":
			problems = append(problems, fmt.Errorf("%s; no mark names its run: revert it by hand (%s), or with "+
				"harness doctor --setup FILE --sweep", l, l.ByHand))
		case l.Living(time.Now()):
			problems = append(problems, fmt.Errorf("%s; its process may still revert it: wait until it has ended, then run again", l))
		default:
			if err := l.Revert(ctx); err != nil {
				problems = append(problems, fmt.Errorf("%s; it could not be reverted: %w; by hand: %s", l, err, l.ByHand))
				continue
			}
			notes = append(notes, fmt.Sprintf("An earlier run had left a fault: %s. It was reverted before this run.", l))
		}
	}
	if err := errors.Join(problems...); err != nil {
		return notes, fmt.Errorf("a fault is left: %w", err)
	}
	return notes, nil
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
		part := local.Part{Component: component(s, c), DSN: secret.Text(os.Getenv(c.DSNEnv)),
			RedisURL: secret.Text(os.Getenv(c.URLEnv))}
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
func pidFile(c spec.ComponentEntry) pidfile.File {
	upstream := ""
	if c.Proxy != nil {
		upstream = c.Proxy.Upstream
	}
	return pidfile.File{Path: c.PIDFile, Kind: c.Kind,
		Port: pidfile.PortOf(upstream, os.Getenv(c.DSNEnv), os.Getenv(c.URLEnv), c.Address)}
}
