package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"odooharness/lab"
	"odooharness/lab/proctree"
)

// keepEvery is how old the record may be when the supervisor is killed.
const keepEvery = time.Second

// keeper keeps the record of processes and the status current, and reaps orphans:
// the supervisor adopts what its children leave behind.
type keeper struct {
	state    string
	record   lab.Record
	children []*child
	zombies  map[proctree.Identity]bool // seen dead at the last look
	status   func() error               // writes the status, nil until the lab is up
	pids     []int
}

// adopt makes orphans of children become children of this process.
func adopt() error {
	const prSetChildSubreaper = 36
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0); errno != 0 {
		return fmt.Errorf("become the adopter of orphans: %w", errno)
	}
	return nil
}

// run looks every second until ctx ends.
func (k *keeper) run(ctx context.Context, say func(string)) {
	for pause(ctx, keepEvery) {
		if err := k.look(); err != nil {
			say("keep the record: " + err.Error())
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

// reap waits for dead orphans. Those whose end somebody here waits for are gone
// within moments; one that is there at two looks is an orphan.
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
