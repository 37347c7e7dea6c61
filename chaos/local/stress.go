package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/proc"
)

// stress is StressChaos with a cpu stressor: processes that burn CPU, in the
// component's cgroup when it has one, else on the same machine.
type stress struct {
	part    Part
	workers int
	load    int // percent of a core each

	mu      sync.Mutex
	burners []proc.Process
	stop    context.CancelFunc
	done    sync.WaitGroup
}

// buildStress makes the fault of a cpu stressor.
func buildStress(r request, part Part) (chaos.Fault, error) {
	spec := r.document.Stress.Spec
	if len(spec.Stressors.CPUStressor.Options) > 0 {
		return nil, errors.New("spec.stressors.cpu.options: these are stress-ng's and are not used here; leave them out")
	}
	load := 100
	if spec.Stressors.CPUStressor.Load != nil {
		load = *spec.Stressors.CPUStressor.Load
	}
	if load == 0 {
		return nil, errors.New("spec.stressors.cpu.load: 0 does nothing; write at least 1")
	}
	return &stress{part: part, workers: spec.Stressors.CPUStressor.Workers, load: load}, nil
}

// slice is the period in which a burner works for its load and rests.
const slice = 100 * time.Millisecond

// Prepare checks that the shell is there which burns.
func (f *stress) Prepare(context.Context) error {
	if _, err := exec.LookPath("/bin/sh"); err != nil {
		return fmt.Errorf("stress needs a shell: %w", err)
	}
	return nil
}

// Inject starts the burners.
func (f *stress) Inject(context.Context) error {
	running, stop := context.WithCancel(context.Background()) // until Recover
	f.mu.Lock()
	f.stop = stop
	f.mu.Unlock()
	started := make(chan error, f.workers)
	for range f.workers {
		f.done.Go(func() { f.burn(running, started) })
	}
	var problems []error
	for range f.workers {
		problems = append(problems, <-started)
	}
	return errors.Join(problems...)
}

// burn owns one burner. The goroutine stays on its thread, since the kernel
// kills the burner when the thread that started it ends: so it dies with this
// process, however that dies.
func (f *stress) burn(ctx context.Context, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", "while :; do :; done")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		started <- fmt.Errorf("start burner: %w", err)
		return
	}
	defer func() { _ = cmd.Wait() }() // it ends by our kill
	p, err := proc.Read(cmd.Process.Pid)
	if err == nil && f.part.Cgroup != "" {
		err = os.WriteFile(filepath.Join(f.part.Cgroup, "cgroup.procs"), []byte(strconv.Itoa(p.PID)), 0)
	}
	if err != nil {
		started <- fmt.Errorf("place burner: %w", errors.Join(err, cmd.Process.Kill()))
		return
	}
	f.mu.Lock()
	f.burners = append(f.burners, p)
	f.mu.Unlock()
	started <- nil
	f.pulse(ctx, p)
}

// pulse lets the burner work for its share of each slice.
func (f *stress) pulse(ctx context.Context, p proc.Process) {
	if f.load >= 100 {
		<-ctx.Done()
		return
	}
	work := slice * time.Duration(f.load) / 100
	timer := time.NewTimer(0)
	defer timer.Stop()
	for working := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		working = !working
		// A burner that has ended shows in the proof; nothing to do about it here.
		if working {
			_ = p.Signal(syscall.SIGCONT)
			timer.Reset(work)
		} else {
			_ = p.Signal(syscall.SIGSTOP)
			timer.Reset(slice - work)
		}
	}
}

// InEffect measures for half a second what the burners burn. On a busy machine
// they get less than their share; a twentieth proves that they compete.
func (f *stress) InEffect(ctx context.Context) (chaos.Proof, error) {
	first, alive := f.ticks()
	start := time.Now()
	timer := time.NewTimer(500 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return chaos.Proof{}, ctx.Err()
	case <-timer.C:
	}
	second, _ := f.ticks()
	const hertz = 100 // USER_HZ of Linux, what /proc counts in
	cores := float64(second-first) / hertz / time.Since(start).Seconds()
	wanted := float64(f.workers) * float64(f.load) / 100
	where := "in the cgroup of " + f.part.Name
	if f.part.Cgroup == "" {
		where = "on the machine of " + f.part.Name + ", which has no cgroup"
	}
	return chaos.Proof{
		Shown:    alive == f.workers && cores >= wanted/20,
		Evidence: fmt.Sprintf("%d burners use %.2f cores of %.2f wanted, %s", alive, cores, wanted, where),
	}, nil
}

// ticks adds up what the burners have used, and counts those alive.
func (f *stress) ticks() (ticks uint64, alive int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.burners {
		if now, lives := p.Now(); lives {
			ticks += now.Ticks
			alive++
		}
	}
	return ticks, alive
}

// Recover kills the burners and waits for them.
func (f *stress) Recover(context.Context) error {
	f.mu.Lock()
	stop := f.stop
	f.mu.Unlock()
	if stop != nil {
		stop()
	}
	f.done.Wait()
	return nil
}

// Recovered shows that none is left.
func (f *stress) Recovered(context.Context) (chaos.Proof, error) {
	_, alive := f.ticks()
	return chaos.Proof{Shown: alive == 0, Evidence: fmt.Sprintf("%s: %d burners left", f.part.Name, alive)}, nil
}

// Close has nothing to release.
func (f *stress) Close(context.Context) error { return nil }
