// Package proc identifies and signals processes of Linux by number and start time:
// the kernel uses a number again, never with the same start time.
//
//  1. [Read] reads /proc/PID/stat (proc(5)).
//  2. [Descendants] lists what a process has started.
//  3. [Process.Signal] reaches that process or none.
//
// An example:
//
//	p, err := proc.Read(pid)
//	err = p.Signal(syscall.SIGSTOP)
package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Process is one process as /proc describes it.
type Process struct {
	PID, Parent int
	State       byte   // R, S, D, T, Z
	Ticks       uint64 // CPU time used, in ticks of USER_HZ
	Start       uint64 // start time, in ticks since the boot
}

// Read reads the process with a number.
func Read(pid int) (Process, error) {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return Process{}, fmt.Errorf("read process %d: %w", pid, err)
	}
	// The name is in brackets and may itself hold brackets and spaces.
	end := bytes.LastIndexByte(raw, ')')
	fields := strings.Fields(string(raw[end+1:]))
	if end < 0 || len(fields) < 20 {
		return Process{}, fmt.Errorf("read process %d: short stat", pid)
	}
	number := func(i int) uint64 {
		n, _ := strconv.ParseUint(fields[i], 10, 64) // the kernel writes numbers
		return n
	}
	return Process{
		PID: pid, State: fields[0][0], Parent: int(number(1)),
		Ticks: number(11) + number(12), Start: number(19),
	}, nil
}

// Now reads the same process again. It reports false when that has ended; a zombie
// has.
func (p Process) Now() (Process, bool) {
	now, err := Read(p.PID)
	return now, err == nil && now.Start == p.Start && now.State != 'Z'
}

// Alive reports whether the same process still runs.
func (p Process) Alive() bool {
	_, alive := p.Now()
	return alive
}

// Signal reaches the same process or none. It holds the process by a descriptor
// (pidfd) before it compares the start time, so that no other can take the number
// in between.
func (p Process) Signal(sig syscall.Signal) error {
	held, err := os.FindProcess(p.PID)
	if err != nil {
		return fmt.Errorf("find process %d: %w", p.PID, err)
	}
	defer held.Release()
	if !p.Alive() {
		return nil
	}
	if err := held.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %v to process %d: %w", sig, p.PID, err)
	}
	return nil
}

// Descendants lists the processes under root, parents first. The process group is not
// enough: a PostgreSQL backend makes itself a session leader and leaves the group of
// its postmaster.
func Descendants(root int) ([]Process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	children := map[int][]Process{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if p, err := Read(pid); err == nil { // else it has ended since
			children[p.Parent] = append(children[p.Parent], p)
		}
	}
	var found []Process
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		found = append(found, children[queue[0]]...)
		for _, child := range children[queue[0]] {
			queue = append(queue, child.PID)
		}
	}
	return found, nil
}

// SignalAll sends the signal to each and joins the errors.
func SignalAll(processes []Process, sig syscall.Signal) error {
	var problems []error
	for _, p := range processes {
		problems = append(problems, p.Signal(sig))
	}
	return errors.Join(problems...)
}
