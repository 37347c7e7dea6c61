package proctree

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Kill ends the processes with everything that descends from them or shares their
// group, and waits until none is left. It returns the processes it had to end.
// Processes that are forked during a look are found by the next one, until a look finds
// nothing.
func Kill(ctx context.Context, ids []Identity) ([]Identity, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	known := map[int]Identity{}
	for _, id := range ids {
		known[id.PID] = id
	}
	killed := map[Identity]bool{}
	for {
		alive, err := grow(known)
		if err != nil {
			return list(killed), err
		}
		if len(alive) == 0 {
			return list(killed), nil
		}
		var problems []error
		for _, id := range alive {
			killed[id] = true
			if err := syscall.Kill(id.PID, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				problems = append(problems, fmt.Errorf("kill %s (%d): %w", id.Name, id.PID, err))
			}
		}
		if err := errors.Join(problems...); err != nil {
			return list(killed), err
		}
		select {
		case <-ctx.Done():
			return list(killed), fmt.Errorf("wait for %d killed processes, first %s (%d): %w",
				len(alive), alive[0].Name, alive[0].PID, ctx.Err())
		case <-tick.C:
		}
	}
}

// grow adds what belongs to the known processes and returns those alive.
func grow(known map[int]Identity) ([]Identity, error) {
	table, err := Snapshot()
	if err != nil {
		return nil, err
	}
	var leaders []Identity
	for _, id := range known {
		leaders = append(leaders, id)
	}
	for _, leader := range leaders {
		for _, s := range table.Group(leader) {
			known[s.PID] = s.Identity
		}
		if s, ok := table.Stat(leader.PID); !ok || s.Start != leader.Start {
			continue
		}
		for _, s := range table.Descendants(leader.PID) {
			known[s.PID] = s.Identity
		}
	}
	var alive []Identity
	for pid, id := range known {
		if s, ok := table.Stat(pid); ok && s.Start == id.Start && !s.Zombie {
			alive = append(alive, s.Identity)
		}
	}
	return alive, nil
}

func list(set map[Identity]bool) []Identity {
	all := make([]Identity, 0, len(set))
	for id := range set {
		all = append(all, id)
	}
	return all
}
