//go:build kubernetes

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"example.org/odooharness/internal/testing/eventually"
)

// patience is how long the cluster may take to come up on a busy machine.
const patience = 4 * time.Minute

// up starts the holder in the background and waits until the cluster is up.
func (s *site) up(ctx context.Context, owner int) error {
	if err := s.possible(); err != nil {
		return err
	}
	if err := s.down(); err != nil {
		return fmt.Errorf("remove what is left of an earlier lab: %w", err)
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	log, err := os.OpenFile(s.path("nodelab.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the holder has its own copy
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"hold", "--state", s.Dir, "--programs", s.Bin}
	if owner != 0 {
		args = append(args, "--while", strconv.Itoa(owner))
	}
	holder := exec.CommandContext(context.WithoutCancel(ctx), self, args...)
	holder.Stdout, holder.Stderr = log, log
	holder.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := holder.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- holder.Wait() }() // ends with the holder, or with this process
	var failed error
	waited := eventually.Within(patience, func() error {
		select {
		case err := <-ended:
			failed = errors.Join(errors.New("the lab did not come up"), err)
			return nil
		default:
			_, err := os.Stat(s.path("ready"))
			return err
		}
	})
	if err := errors.Join(waited, failed); err != nil {
		said, _ := os.ReadFile(s.path("nodelab.log")) // what is there of it
		return fmt.Errorf("%w\n%s(logs are in %s; nodelab down removes what is left)", err, said, s.Dir)
	}
	fmt.Printf("export KUBECONFIG=%s\n", s.path("kubeconfig"))
	return nil
}

// down ends the holder, if there is one, and removes what is left of the lab.
func (s *site) down() error {
	if _, err := os.Stat(s.Dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	l, found, err := s.read()
	if err != nil {
		return err
	}
	var lock *os.File
	err = eventually.Within(time.Minute, func() (err error) {
		if lock, err = s.lock(); err != nil || lock != nil {
			return err
		}
		if l, found, err = s.read(); err == nil && found {
			err = syscall.Kill(l.Holder, syscall.SIGTERM)
		}
		return errors.Join(err, errors.New("the lab is still held"))
	})
	if err != nil {
		return err
	}
	defer lock.Close() // held until here
	if found {
		err = s.clean(l)
	}
	return errors.Join(err, os.RemoveAll(s.Dir))
}
