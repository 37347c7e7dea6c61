//go:build kubernetes

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// hold starts the lab and keeps it until a signal, the end of the owner, or the end of the
// lab.
func (s *site) hold(ctx context.Context, owner int) (err error) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if owner != 0 {
		if ctx, err = whileLives(ctx, owner); err != nil {
			return err
		}
	}
	lock, err := s.lock()
	if err != nil {
		return err
	}
	if lock == nil {
		return errors.New("a lab is up here already")
	}
	defer lock.Close() // held until here
	l, err := claim()
	if err != nil {
		return fmt.Errorf("make cgroups: %w", err)
	}
	defer func() { err = errors.Join(err, s.clean(l)) }()
	l.Holder = os.Getpid()
	return s.holdLab(ctx, l)
}

func (s *site) holdLab(ctx context.Context, l lab) error {
	life, hand, err := os.Pipe()
	if err != nil {
		return err
	}
	defer hand.Close() // closed before, when all went well
	self, err := os.Executable()
	if err != nil {
		return err
	}
	first := exec.CommandContext(context.WithoutCancel(ctx), self, "first", "--state", s.Dir, "--programs", s.Bin)
	first.Stdout, first.Stderr, first.ExtraFiles = os.Stdout, os.Stderr, []*os.File{life}
	first.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS |
			unix.CLONE_NEWCGROUP,
	}
	if err := errors.Join(l.within(first.Start), life.Close()); err != nil {
		return fmt.Errorf("start the lab's first process: %w", err)
	}
	ended := make(chan error, 1)
	// The kernel reports PID 1 as ended when all others of its namespace are.
	go func() { ended <- first.Wait() }()
	l.First = first.Process.Pid
	err = errors.Join(s.write(l), l.connect(ctx))
	if err == nil {
		err = json.NewEncoder(hand).Encode(l)
	}
	if err == nil {
		select {
		case <-ctx.Done():
		case err := <-ended:
			return fmt.Errorf("the lab ended by itself: %w; the logs of its parts are in %s", err, s.Dir)
		}
	}
	err = errors.Join(err, hand.Close())
	<-ended // by what it reads from the pipe; how is of no interest
	return err
}

// whileLives returns a context that ends with a process.
func whileLives(ctx context.Context, pid int) (context.Context, error) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return ctx, fmt.Errorf("watch process %d: %w", pid, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	go func() { // ends with the owner, or with this process
		defer cancel()
		for {
			_, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1) // a descriptor fits
			if !errors.Is(err, unix.EINTR) {
				return
			}
		}
	}()
	return ctx, nil
}
