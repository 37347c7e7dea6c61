package supervise

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"example.org/odooharness/chaos/local"
	"example.org/odooharness/internal/lines"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/proctree"
	"example.org/odooharness/results"
)

// Limits of the parts of a lab's life.
const (
	readyLimit = 3 * time.Minute  // of one wave
	downLimit  = 60 * time.Second // of the whole tear-down
)

// supervisor is a lab while it runs.
type supervisor struct {
	spec     lab.Spec
	state    string // folder
	log      *slog.Logger
	stack    *lab.Stack
	spawner  *spawner
	edges    edges
	children []*child // in start order
	waves    [][]*child
	keeper   *keeper
	guarding *guarding
	before   map[int]bool   // children of this process that are not the lab's
	loops    sync.WaitGroup // one a child, and the keeper
}

// Run builds the lab, brings it up, writes its status into the state folder, and
// keeps it until ctx ends. Then it tears it down, and returns what went wrong.
func Run(ctx context.Context, spec lab.Spec, state string, builder lab.Builder) (err error) {
	if err := becomeReaper(); err != nil {
		return err
	}
	before, err := childrenNow()
	if err != nil {
		return err
	}
	self, err := proctree.Of(os.Getpid())
	if err != nil {
		return err
	}
	self.Name = "supervisor"
	s := &supervisor{spec: spec, state: state, log: lines.Logger(printLine), spawner: newSpawner(), before: before}
	s.keeper = &keeper{state: state, record: lab.Record{Supervisor: self}}
	if err := lab.WriteRecord(state, s.keeper.record); err != nil {
		s.spawner.close()
		return err
	}
	loops, stop := context.WithCancel(ctx)
	defer func() {
		stop()
		s.loops.Wait()
		err = errors.Join(err, s.down(context.WithoutCancel(ctx)))
	}()
	if err := s.up(ctx, loops, builder); err != nil {
		if ctx.Err() != nil {
			return nil // stopped while starting
		}
		return err
	}
	<-ctx.Done()
	s.log.Info("taking the lab down")
	return nil
}

func printLine(line string) { fmt.Println(line) }

// up makes and starts everything. The loops it starts end with the context loops.
func (s *supervisor) up(ctx, loops context.Context, builder lab.Builder) error {
	stack, err := builder.Build(ctx, s.spec, s.state, s.log)
	if err != nil {
		return fmt.Errorf("build the lab: %w", err)
	}
	s.stack = stack
	s.keeper.record.Folders = stack.Folders
	for _, c := range stack.Components {
		if c.Cgroup != "" {
			s.keeper.record.Cgroups = append(s.keeper.record.Cgroups, c.Cgroup)
		}
	}
	if err := lab.WriteRecord(s.state, s.keeper.record); err != nil {
		return err
	}
	if s.edges, err = openEdges(ctx, stack.Edges); err != nil {
		return err
	}
	s.arrange()
	for _, wave := range s.waves {
		if err := s.startWave(ctx, loops, wave); err != nil {
			return err
		}
	}
	if s.guarding, err = serveGuard(s.state, local.New(s.parts())); err != nil {
		return err
	}
	s.keeper.status = func() error { return lab.WriteStatus(s.state, s.status()) }
	if err := s.keeper.look(); err != nil {
		return err
	}
	s.loops.Go(func() { s.keeper.run(loops, s.log) })
	return s.keeper.status()
}

// arrange makes the children and cuts them into waves.
func (s *supervisor) arrange() {
	kinds := map[string]results.Kind{}
	for _, c := range s.stack.Components {
		kinds[c.Name] = c.Kind
	}
	var last results.Kind
	for i, p := range s.stack.Processes {
		serving := func(on bool) {
			if err := s.edges.serving(p.Component, on); err != nil {
				s.log.Info(err.Error())
			}
		}
		c := newChild(p, s.spawner, serving, s.log)
		s.children = append(s.children, c)
		if kind := kinds[p.Component]; i == 0 || kind != last {
			s.waves = append(s.waves, nil)
			last = kind
		}
		s.waves[len(s.waves)-1] = append(s.waves[len(s.waves)-1], c)
	}
	s.keeper.children = s.children
}

// startWave starts the processes of a wave together and waits for all of them.
func (s *supervisor) startWave(ctx, loops context.Context, wave []*child) error {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	begin := time.Now()
	for _, c := range wave {
		s.loops.Go(func() { c.run(loops) })
	}
	var problems []error
	for _, c := range wave {
		problems = append(problems, c.untilReady(ctx))
	}
	for _, c := range wave {
		s.log.Info(fmt.Sprintf("%s ready after %.1f s", c.spec.Component, time.Since(begin).Seconds()))
	}
	return errors.Join(append(problems, s.keeper.look())...)
}

// down recovers faults, stops the processes in reverse order and frees the rest. Every
// step is done whatever the others returned.
func (s *supervisor) down(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, downLimit)
	defer cancel()
	var problems []error
	if s.guarding != nil {
		problems = append(problems, s.guarding.stop())
	}
	for i := len(s.waves) - 1; i >= 0; i-- {
		problems = append(problems, stopAll(ctx, s.waves[i]))
	}
	problems = append(problems, strays(ctx, s.before), s.edges.close(ctx))
	s.spawner.close()
	_, err := lab.Unmount(s.state) // before its folders are removed, with what is in them
	problems = append(problems, err)
	if s.stack != nil {
		if s.stack.Close != nil {
			problems = append(problems, s.stack.Close())
		}
		for _, folder := range s.stack.Folders {
			problems = append(problems, os.RemoveAll(folder))
		}
	}
	return errors.Join(problems...)
}

func stopAll(ctx context.Context, wave []*child) error {
	problems := make([]error, len(wave))
	var group sync.WaitGroup
	for i, c := range wave {
		group.Go(func() { problems[i] = c.stop(ctx) })
	}
	group.Wait()
	return errors.Join(problems...)
}
