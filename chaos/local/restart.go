package local

import (
	"context"
	"syscall"

	"example.org/odooharness/chaos"
)

// restart is PostgresChaos action restart. Immediate (SIGQUIT) ends the server
// without a checkpoint, so that the next one replays the log; fast (SIGINT) ends
// the sessions and checkpoints. The supervisor starts the server anew.
type restart struct {
	victim
	stop syscall.Signal
}

func buildRestart(r request, part Part) (chaos.Fault, error) {
	f := &restart{victim: victim{part: part}, stop: syscall.SIGQUIT}
	if r.document.PostgresParameters().Stop == "fast" {
		f.stop = syscall.SIGINT
	}
	return f, nil
}

// Inject signals the postmaster alone: to its children the same signal would
// mean something else.
func (f *restart) Inject(context.Context) error {
	if err := f.aim(); err != nil {
		return err
	}
	return f.before.Signal(f.stop)
}
