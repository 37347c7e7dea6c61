package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/proc"
)

// worker is OdooChaos action kill-worker: SIGKILL to worker processes of the
// prefork server, which starts others. The request that a worker was serving
// ends without an answer, also when its transaction was committed.
type worker struct {
	processFault
	count int
	hit   []proc.Process
}

func buildWorker(r request, part Part) (chaos.Fault, error) {
	f := &worker{processFault: processFault{part: part}, count: 1}
	if parameters := r.document.Odoo.Spec.Parameters; parameters != nil {
		f.count = max(1, parameters.Workers)
	}
	return f, nil
}

// workers lists the children of the leader that serve requests: not the
// long-polling child, whose command line contains gevent. Those that used the most
// CPU come first, because the cron workers next to them are idle.
func (f *worker) workers() ([]proc.Process, error) {
	leader := f.part.Process.PID()
	under, err := proc.Descendants(leader)
	if err != nil {
		return nil, err
	}
	var found []proc.Process
	for _, p := range under {
		line, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.PID), "cmdline"))
		if err != nil || p.Parent != leader || strings.Contains(string(line), "gevent") {
			continue
		}
		at := len(found)
		for at > 0 && found[at-1].Ticks < p.Ticks {
			at--
		}
		found = append(found[:at], append([]proc.Process{p}, found[at:]...)...)
	}
	return found, nil
}

// Prepare checks that there are workers.
func (f *worker) Prepare(ctx context.Context) error {
	if err := f.processFault.Prepare(ctx); err != nil {
		return err
	}
	found, err := f.workers()
	if err == nil && len(found) < f.count {
		err = fmt.Errorf("%s has %d worker processes, %d are to be killed", f.part.Name, len(found), f.count)
	}
	return err
}

// Inject kills the workers.
func (f *worker) Inject(context.Context) error {
	if err := f.observe(); err != nil {
		return err
	}
	found, err := f.workers()
	if err != nil {
		return err
	}
	if len(found) < f.count {
		return errors.New("the workers have ended since Prepare")
	}
	f.hit = found[:f.count]
	return proc.SignalAll(f.hit, syscall.SIGKILL)
}

// InEffect shows that they have ended.
func (f *worker) InEffect(context.Context) (chaos.Proof, error) {
	for _, p := range f.hit {
		if p.Alive() {
			return chaos.Proof{Evidence: fmt.Sprintf("%s: worker %d still runs", f.part.Name, p.PID)}, nil
		}
	}
	return chaos.Proof{
		Shown:    len(f.hit) > 0,
		Evidence: fmt.Sprintf("%s: %d of its workers have ended, first %d", f.part.Name, len(f.hit), f.hit[0].PID),
	}, nil
}

// Recovered shows that as many workers run as before.
func (f *worker) Recovered(ctx context.Context) (chaos.Proof, error) {
	before := 0
	for _, p := range f.under {
		if p.Parent == f.before.PID {
			before++
		}
	}
	under, err := proc.Descendants(f.before.PID)
	if err != nil {
		return chaos.Proof{}, err
	}
	now := 0
	for _, p := range under {
		if p.Parent == f.before.PID && p.State != 'Z' {
			now++
		}
	}
	if now < before {
		return chaos.Proof{Evidence: fmt.Sprintf("%s: %d of %d children run", f.part.Name, now, before)}, nil
	}
	return f.serves(ctx, f.before.PID)
}
