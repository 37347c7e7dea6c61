package scenarios

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/cgroup"
	"example.org/odooharness/scenarios/k6"
	"example.org/odooharness/scenarios/record"
	"example.org/odooharness/scenarios/wire"
)

// Child is a k6 process under way.
type Child struct {
	spec     Spec
	cmd      *exec.Cmd
	pipes    *pipes
	log      *os.File
	began    time.Time
	share    cgroup.CPU    // when the load began
	ready    chan struct{} // closed when it is ready, or will never be
	progress chan Progress
	stopped  atomic.Bool
	stop     context.CancelFunc
	group    sync.WaitGroup

	held  bool        // it was ready; written before ready is closed
	ended bool        // it ended itself at the end of its entry; written before group is done
	final *wire.Final // written before group is done
	err   error       // likewise
}

// Start runs the script in a k6 process. Its load begins when k6 is ready; that of a
// held one waits for [Child.Begin]. The child is stopped when ctx ends; [Child.Wait]
// must be called in any case.
func Start(ctx context.Context, spec Spec) (*Child, error) {
	if spec.Out == "" {
		return nil, errors.New("start load: the spec names no folder for its records")
	}
	log, err := os.OpenFile(filepath.Join(spec.Out, "k6-"+spec.File()+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start load: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd, ours, err := command(ctx, spec, runArguments(spec)...)
	if err != nil {
		cancel()
		return nil, errors.Join(err, log.Close())
	}
	c := &Child{
		spec: spec, cmd: cmd, pipes: ours, log: log, stop: cancel,
		ready: make(chan struct{}), progress: make(chan Progress, 1),
	}
	c.mark()
	// Not through a pipe of ours: a child that outlives the harness must still be able
	// to write.
	cmd.Stdout, cmd.Stderr = log, log
	if err := start(cmd); err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("start k6: %w", err), ours.close(), log.Close())
	}
	c.group.Go(func() {
		defer cancel()
		c.err = cmd.Wait()
	})
	c.group.Go(c.listen)
	if err := ours.send(spec); err != nil {
		c.Stop()
		_, _, waitErr := c.Wait()
		return nil, errors.Join(fmt.Errorf("start k6: %w", err), waitErr)
	}
	return c, nil
}

// runArguments are those of k6. Records rest on its system tags.
func runArguments(spec Spec) []string {
	args := []string{"run", "--address", "", "--no-usage-report", "--no-thresholds", "--no-summary", "--no-color", "--quiet",
		"--out", "harness", "--system-tags", k6.SystemTags()}
	if spec.Share.Several() {
		segment, sequence := spec.Share.Segment()
		args = append(args, "--execution-segment", segment, "--execution-segment-sequence", sequence)
	}
	return append(args, spec.Script)
}

// Ready waits until a held child can begin: its users are logged in and setup() is done.
// With k6's own executors setup() comes later; if there are no others, Ready waits only
// until the script is loaded. When the child ended instead, [Child.Wait] returns why.
func (c *Child) Ready(ctx context.Context) error {
	select {
	case <-c.ready:
	case <-ctx.Done():
		return fmt.Errorf("wait for k6 to get ready: %w", context.Cause(ctx))
	}
	if !c.held {
		return errors.New("k6 ended before its load began")
	}
	return nil
}

// Begin sends the trial's base instant to a held child that is ready. The generator's CPU
// counts from here, without the wait for other children.
func (c *Child) Begin(base time.Time) error {
	c.mark()
	return c.pipes.send(wire.Begin{Base: base})
}

// mark notes the begin of the load. The generator's CPU counts from here. A failed
// reading fails at the end as well, which reports the cause.
func (c *Child) mark() {
	c.began = time.Now()
	c.share, _ = cgroup.Read(os.DirFS("/"))
}

// Progress yields the latest counts until the child ends. A slow reader misses
// lines, never the last one.
func (c *Child) Progress() <-chan Progress { return c.progress }

// Stop ends the child: it interrupts running calls and closes its tables. Stop kills a
// child that does not end within 20 s.
func (c *Child) Stop() {
	c.stopped.Store(true)
	c.stop()
}

// listen reads the child's messages to their end.
func (c *Child) listen() {
	defer close(c.progress)
	ready := sync.OnceFunc(func() { close(c.ready) })
	defer ready()
	lines := bufio.NewScanner(c.pipes.progress)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var m wire.Message
		if json.Unmarshal(lines.Bytes(), &m) != nil {
			continue
		}
		if m.Ready {
			c.held = true
			ready()
			continue
		}
		if m.Final != nil {
			c.final = m.Final
		}
		if m.Ended {
			c.ended = true
			continue
		}
		select { // the line before, if nobody took it
		case <-c.progress:
		default:
		}
		c.progress <- m.Progress
	}
}

// k6's exit codes that are not an error of ours.
const (
	exitThresholds = 99
	exitInterrupt  = 105
)

// Wait waits for the end of the child and returns what the generator knows of
// itself. Writes that a killed child left unanswered are entered in the journal.
func (c *Child) Wait() (results.Generator, []results.Load, error) {
	c.group.Wait()
	generator := results.Generator{
		Wall: time.Since(c.began).Seconds(), CPUs: runtime.NumCPU(),
	}
	if share, err := cgroup.Read(os.DirFS("/")); err != nil {
		generator.Notes = append(generator.Notes, "Whether the load generator was throttled is not known: "+err.Error())
	} else {
		generator.CPULimit = share.Limit
		generator.Periods, generator.Throttled = share.Periods-c.share.Periods, share.Throttled-c.share.Throttled
	}
	if state := c.cmd.ProcessState; state != nil {
		generator.CPUSeconds = (state.UserTime() + state.SystemTime()).Seconds()
	}
	var load []results.Load
	var problems []error
	if c.final != nil {
		generator.LateP50, generator.LateP99 = c.final.LateP50, c.final.LateP99
		generator.Notes = append(generator.Notes, c.final.Notes...)
		load = c.final.Load
		if c.final.Err != "" {
			problems = append(problems, fmt.Errorf("record %s: %s", c.spec.Generator(), c.final.Err))
		}
	}
	if err := c.verdict(); err != nil {
		said, readErr := os.ReadFile(c.log.Name())
		problems = append(problems, explain(c.spec.Script, err, said), readErr)
	}
	problems = append(problems, record.Recover(c.spec.Out, c.spec.File()), c.pipes.close(), c.closeLog())
	return generator, load, errors.Join(problems...)
}

func (c *Child) closeLog() error { return closeFile(c.log) }

// verdict is the child's exit as an error, nil when it ended as it should.
func (c *Child) verdict() error {
	var exit *exec.ExitError
	if c.err == nil || errors.Is(c.err, context.Canceled) && c.stopped.Load() {
		return nil
	}
	if errors.As(c.err, &exit) {
		status, ok := exit.Sys().(syscall.WaitStatus)
		switch {
		case exit.ExitCode() == exitThresholds:
			return nil
		case (c.stopped.Load() || c.ended) && (exit.ExitCode() == exitInterrupt || ok && status.Signaled()):
			return nil
		}
	}
	return c.err
}
