package local

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/probe"
	"example.org/odooharness/chaos/local/proc"
)

// freeze is action freeze of PostgresChaos and RedisChaos: the processes are
// stopped where they are (SIGSTOP) and go on later. Connections stay open, new
// ones are accepted by the kernel, nothing answers: what a machine looks like
// whose disk or hypervisor hangs.
type freeze struct {
	processFault
	frozen  []proc.Process
	insure  func(ctx context.Context, component string, p proc.Process) (release func() error, err error)
	release func() error
}

func buildFreeze(r request, part Part) (chaos.Fault, error) {
	return &freeze{processFault: processFault{part: part}, insure: r.note}, nil
}

// Inject stops the leader first, so that it starts no more children, then all
// that is under it.
func (f *freeze) Inject(ctx context.Context) (err error) {
	if err := f.observe(); err != nil {
		return err
	}
	if f.release, err = f.insure(ctx, f.part.Name, f.before); err != nil {
		return err
	}
	f.frozen = []proc.Process{f.before}
	if err := f.before.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	under, err := proc.Descendants(f.before.PID)
	f.frozen = append(f.frozen, under...)
	return errors.Join(err, proc.SignalAll(under, syscall.SIGSTOP))
}

// Recover lets them go on, children first, so that the leader finds them alive.
func (f *freeze) Recover(context.Context) error {
	var problems []error
	for i := len(f.frozen) - 1; i >= 0; i-- {
		problems = append(problems, f.frozen[i].Signal(syscall.SIGCONT))
	}
	if err := errors.Join(problems...); err != nil || f.release == nil {
		return err
	}
	return f.release()
}

// stopped counts the processes in state T of those that still exist.
func (f *freeze) stopped() (stopped, total int) {
	for _, p := range f.frozen {
		if now, lives := p.Now(); lives {
			total++
			if now.State == 'T' {
				stopped++
			}
		}
	}
	return stopped, total
}

// InEffect shows that every process is stopped and that nothing answers.
func (f *freeze) InEffect(ctx context.Context) (chaos.Proof, error) {
	stopped, total := f.stopped()
	evidence := fmt.Sprintf("%s: %d of %d processes stopped", f.part.Name, stopped, total)
	own := f.part.own()
	if total == 0 || stopped < total || own == "" {
		return chaos.Proof{Shown: total > 0 && stopped == total, Evidence: evidence}, nil
	}
	_, err := probe.Ping(ctx, f.part.Kind, own, 300*time.Millisecond)
	return chaos.Proof{
		Shown:    probe.Silent(err) && ctx.Err() == nil,
		Evidence: fmt.Sprintf("%s, %s within 300 ms", evidence, answered(err)),
	}, nil
}

// Recovered shows that none is stopped and that the component answers.
func (f *freeze) Recovered(ctx context.Context) (chaos.Proof, error) {
	if stopped, total := f.stopped(); stopped > 0 {
		return chaos.Proof{Evidence: fmt.Sprintf("%s: %d of %d processes stopped", f.part.Name, stopped, total)}, nil
	}
	return f.serves(ctx, f.part.Process.PID())
}
