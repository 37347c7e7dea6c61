//go:build kubernetes

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"example.org/odooharness/testenv/cluster"
)

// inner is where the lab's own folder is within its root.
const inner = "/lab"

// site is where a lab is kept, seen from outside.
type site struct {
	Dir string // of its state
	Bin string // programs of testenv
}

func (s *site) absolute() (err error) {
	if s.Dir, err = filepath.Abs(s.Dir); err != nil || s.Bin == "" {
		return err
	}
	s.Bin, err = filepath.Abs(s.Bin)
	return err
}

func (s *site) path(name string) string { return filepath.Join(s.Dir, name) }

// lab is one lab on this machine; several can be up, each with a number of its own.
type lab struct {
	Number int `json:"number"`
	Holder int `json:"holder"` // PID
	First  int `json:"first"`  // PID of the lab's first process, seen from outside
}

// name is that of its cgroups and of its link.
func (l lab) name() string { return fmt.Sprintf("nodelab%d", l.Number) }

func (l lab) services() string { return fmt.Sprintf("10.97.%d.0/24", l.Number) }
func (l lab) pods() string     { return fmt.Sprintf("10.99.%d.0/24", l.Number) }
func (l lab) outside() string  { return fmt.Sprintf("10.98.%d.1", l.Number) }
func (l lab) node() string     { return fmt.Sprintf("10.98.%d.2", l.Number) }

// machine is the lab as the cluster sees it, from within.
func (l lab) machine(bin string) *cluster.Machine {
	return &cluster.Machine{
		Dir: inner, Bin: bin, Plugins: "/usr/lib/cni", Address: l.node(), Services: l.services(), Pods: l.pods(),
	}
}

func (s *site) write(l lab) error {
	raw, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return os.WriteFile(s.path("lab.json"), raw, 0o600)
}

// read finds the lab of this site; false when there is none.
func (s *site) read() (l lab, found bool, err error) {
	raw, err := os.ReadFile(s.path("lab.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return l, false, nil
	}
	if err != nil {
		return l, false, err
	}
	if err := json.Unmarshal(raw, &l); err != nil {
		return l, false, fmt.Errorf("read what lab is in %s: %w", s.Dir, err)
	}
	return l, true, nil
}

// lock takes the lock of the lab, which a process holds for as long as the lab lives. It
// returns nil when another process holds it.
func (s *site) lock() (*os.File, error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(s.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = file.Close() // it was only looked at
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, nil
		}
		return nil, fmt.Errorf("lock %s: %w", s.Dir, err)
	}
	return file, nil
}

// clean removes a lab's cgroups, and its folder but for the logs.
func (s *site) clean(l lab) error {
	problem := l.removeCgroups()
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return errors.Join(problem, err)
	}
	for _, entry := range entries {
		// The process that cleans holds the lock.
		if name := entry.Name(); name != "lock" && filepath.Ext(name) != ".log" {
			problem = errors.Join(problem, os.RemoveAll(s.path(name)))
		}
	}
	return problem
}
