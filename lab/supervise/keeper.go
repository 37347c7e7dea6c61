package supervise

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"syscall"
	"time"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/proctree"
)

// keepEvery is how old the record may be when the supervisor is killed.
const keepEvery = time.Second

// keeper keeps the record of processes and the status current, and reaps orphans: what
// its children leave behind become children of the supervisor.
type keeper struct {
	state    string
	record   lab.Record
	children []*child
	zombies  map[proctree.Identity]bool // seen dead at the last look
	status   func() error               // writes the status, nil until the lab is up
	pids     []int
}

// strays ends every child of this process that was not there before: nothing of
// the lab runs any more, and what a look has missed is among them.
func strays(ctx context.Context, before map[int]bool) error {
	table, err := proctree.Snapshot()
	if err != nil {
		return err
	}
	var all []proctree.Identity
	for _, s := range table.Children(os.Getpid()) {
		if !before[s.PID] {
			all = append(all, s.Identity)
		}
	}
	if _, err := proctree.Kill(ctx, all); err != nil {
		return fmt.Errorf("end what processes of the lab left: %w", err)
	}
	return nil
}

// childrenNow are the children of this process.
func childrenNow() (map[int]bool, error) {
	table, err := proctree.Snapshot()
	if err != nil {
		return nil, err
	}
	now := map[int]bool{}
	for _, s := range table.Children(os.Getpid()) {
		now[s.PID] = true
	}
	return now, nil
}

// becomeReaper makes orphans of children become children of this process.
func becomeReaper() error {
	const prSetChildSubreaper = 36
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0); errno != 0 {
		return fmt.Errorf("become the reaper of orphans: %w", errno)
	}
	return nil
}

// run looks every second until ctx ends.
func (k *keeper) run(ctx context.Context, log *slog.Logger) {
	for pause(ctx, keepEvery) {
		if err := k.look(); err != nil {
			log.Info("keep the record: " + err.Error())
		}
	}
}

// look reads the processes once and writes what changed.
func (k *keeper) look() error {
	table, err := proctree.Snapshot()
	if err != nil {
		return err
	}
	k.reap(table)
	orphans := k.orphans(table)
	for _, id := range orphans {
		_ = signal(id.PID, syscall.SIGKILL) // looked at again until it has ended
	}
	var all []proctree.Identity
	var pids []int
	for _, c := range k.children {
		id := c.identity()
		pids = append(pids, c.PID())
		if id.PID == 0 {
			continue
		}
		all = append(all, id)
		for _, s := range table.Descendants(id.PID) {
			all = append(all, s.Identity)
		}
	}
	all = append(all, orphans...)
	var problems []error
	if !slices.Equal(all, k.record.Processes) {
		k.record.Processes = all
		problems = append(problems, lab.WriteRecord(k.state, k.record))
	}
	if k.status != nil && !slices.Equal(pids, k.pids) {
		k.pids = pids
		problems = append(problems, k.status())
	}
	return errors.Join(problems...)
}

// orphans are processes below a leader that has ended, as a crash leaves them:
// they became children of this process. When a container's first process ends all
// others end, and so it is here.
func (k *keeper) orphans(table proctree.Table) []proctree.Identity {
	leads := map[int]bool{}
	for _, c := range k.children {
		leads[c.identity().PID] = true
	}
	var all []proctree.Identity
	for _, id := range k.record.Processes {
		s, ok := table.Stat(id.PID)
		if ok && s.Start == id.Start && s.Parent == os.Getpid() && !s.Zombie && !leads[id.PID] {
			all = append(all, s.Identity)
		}
	}
	return all
}

// reap waits for dead orphans. The supervisor's own children are reaped within moments;
// a dead child that is there at two looks is an orphan.
func (k *keeper) reap(table proctree.Table) {
	seen := map[proctree.Identity]bool{}
	for _, s := range table.Children(os.Getpid()) {
		if !s.Zombie {
			continue
		}
		if k.zombies[s.Identity] {
			var ws syscall.WaitStatus
			_, _ = syscall.Wait4(s.PID, &ws, syscall.WNOHANG, nil) // somebody else did: fine
			continue
		}
		seen[s.Identity] = true
	}
	k.zombies = seen
}
