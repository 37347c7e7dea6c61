package local

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

// proc is one process as /proc describes it. Start makes it unmistakable: a
// number is used again, a number with a start time is not.
type proc struct {
	pid, parent int
	state       byte // R, S, D, T, Z
	ticks       uint64
	start       uint64
}

// readProc reads /proc/PID/stat (proc(5)).
func readProc(pid int) (proc, error) {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return proc{}, fmt.Errorf("read process %d: %w", pid, err)
	}
	// The name is in brackets and may itself hold brackets and spaces.
	end := bytes.LastIndexByte(raw, ')')
	fields := strings.Fields(string(raw[end+1:]))
	if end < 0 || len(fields) < 20 {
		return proc{}, fmt.Errorf("read process %d: short stat", pid)
	}
	number := func(i int) uint64 {
		n, _ := strconv.ParseUint(fields[i], 10, 64) // the kernel writes numbers
		return n
	}
	return proc{
		pid: pid, state: fields[0][0], parent: int(number(1)),
		ticks: number(11) + number(12), start: number(19),
	}, nil
}

// alive reports whether the very same process still runs; a zombie does not.
func (p proc) alive() bool {
	now, err := readProc(p.pid)
	return err == nil && now.start == p.start && now.state != 'Z'
}

// signal reaches the very same process or nobody.
func (p proc) signal(sig syscall.Signal) error {
	if !p.alive() {
		return nil
	}
	if err := syscall.Kill(p.pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %v to process %d: %w", sig, p.pid, err)
	}
	return nil
}

// descendants lists the processes under root, parents first. The process group
// alone would not do: a PostgreSQL backend makes itself a session leader and
// leaves the group of its postmaster.
func descendants(root int) ([]proc, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	children := map[int][]proc{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if p, err := readProc(pid); err == nil { // else it ended meanwhile
			children[p.parent] = append(children[p.parent], p)
		}
	}
	var found []proc
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		found = append(found, children[queue[0]]...)
		for _, child := range children[queue[0]] {
			queue = append(queue, child.pid)
		}
	}
	return found, nil
}

// signalAll sends the signal to each and joins what went wrong.
func signalAll(procs []proc, sig syscall.Signal) error {
	var problems []error
	for _, p := range procs {
		problems = append(problems, p.signal(sig))
	}
	return errors.Join(problems...)
}
