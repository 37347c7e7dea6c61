package local

import (
	"context"
	"syscall"

	"example.org/odooharness/chaos"
)

// restart is PostgresChaos action restart. Immediate (SIGQUIT) ends the server
// without a checkpoint, so that the next one replays the log; fast (SIGINT) ends
// the sessions and checkpoints. The supervisor starts the server again.
type restart struct {
	processFault
	stop syscall.Signal
}

func buildRestart(r request, part Part) (chaos.Fault, error) {
	f := &restart{processFault: processFault{part: part}, stop: syscall.SIGQUIT}
	if r.document.PostgresParameters().Stop == "fast" {
		f.stop = syscall.SIGINT
	}
	return f, nil
}

// Inject signals the postmaster alone: to its children the same signal would
// mean something else.
func (f *restart) Inject(context.Context) error {
	if err := f.observe(); err != nil {
		return err
	}
	return f.before.Signal(f.stop)
}
