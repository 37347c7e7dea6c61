//go:build kubernetes

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// first is PID 1 of the lab. It arranges the namespaces, starts the cluster, collects
// orphans, and ends with the cluster or with the holder, whichever is first.
func (s *site) first() error {
	life := os.NewFile(3, "life")
	if life == nil {
		return errors.New("there is no holder")
	}
	var l lab
	lines := json.NewDecoder(life)
	if err := lines.Decode(&l); err != nil {
		return fmt.Errorf("wait for the link: %w", err)
	}
	go func() { // for as long as this process lives
		_, _ = io.Copy(io.Discard, life) // ends when the holder does
		os.Exit(0)
	}()
	if err := s.arrange(l); err != nil {
		return err
	}
	cluster, err := s.startCluster(l)
	if err != nil {
		return err
	}
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return fmt.Errorf("wait for the lab's processes: %w", err)
		case pid == cluster:
			return fmt.Errorf("the cluster ended with %d", status.ExitStatus())
		}
	}
}

func (s *site) arrange(l lab) error {
	if err := unix.Sethostname([]byte(l.name())); err != nil {
		return err
	}
	if err := s.enterRoot(); err != nil {
		return err
	}
	if all, err := hierarchies(); err != nil {
		return err
	} else if all[0].controllers == "" {
		if err := delegate(); err != nil {
			return fmt.Errorf("hand on the controllers of cgroups: %w", err)
		}
	}
	return l.answer(context.Background())
}

// startCluster starts the process that starts the parts. Not as an exec.Cmd, which
// would wait for it, too.
func (s *site) startCluster(l lab) (pid int, err error) {
	raw, err := json.Marshal(l)
	if err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	args := []string{filepath.Base(self), "cluster", "--state", inner, "--programs", s.Bin, string(raw)}
	return syscall.ForkExec(self, args, &syscall.ProcAttr{
		Env: append(os.Environ(), "TMPDIR="+inner+"/tmp"), Files: []uintptr{0, 1, 2},
	})
}
