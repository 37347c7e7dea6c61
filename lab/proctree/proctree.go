// Package proctree names processes so that a later reader cannot mistake a
// recycled process number for the process that was meant.
//
//  1. [Of] reads a process's identity: its number and the time it started;
//  2. [Snapshot] reads all processes at once;
//  3. [Table.Descendants] walks from a leader down, [Table.Group] finds what shares
//     its process group or session, also after the leader has ended;
//  4. [Kill] ends a set and waits until none of it is left.
//
// Linux only: it reads /proc.
//
//	id, err := proctree.Of(cmd.Process.Pid)
//	...
//	left, err := proctree.Kill(ctx, []proctree.Identity{id})
package proctree

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Identity is a process that cannot be mistaken for another one.
type Identity struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks since boot, field 22 of /proc/PID/stat
	Name  string `json:"name,omitempty"`
}

// Stat is what the kernel reports of a process.
type Stat struct {
	Identity
	Parent, Group, Session int
	Zombie                 bool
}

// Of reads the identity of a process that lives now.
func Of(pid int) (Identity, error) {
	s, err := read(pid)
	if err != nil {
		return Identity{}, err
	}
	return s.Identity, nil
}

// Alive reports whether exactly this process lives. One that has ended and is not
// yet waited for is not alive.
func (id Identity) Alive() bool {
	if id.PID <= 0 {
		return false
	}
	s, err := read(id.PID)
	return err == nil && s.Start == id.Start && !s.Zombie
}

func read(pid int) (Stat, error) {
	raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return Stat{}, fmt.Errorf("read process %d: %w", pid, err)
	}
	return parse(raw)
}

// parse reads /proc/PID/stat. The name is in parentheses and may hold anything,
// parentheses too: what follows starts after the last one.
func parse(raw []byte) (Stat, error) {
	open, end := bytes.IndexByte(raw, '('), bytes.LastIndexByte(raw, ')')
	if open < 1 || end < open {
		return Stat{}, errors.New("parse process: no name in parentheses")
	}
	fields := strings.Fields(string(raw[end+1:]))
	if len(fields) < 20 {
		return Stat{}, fmt.Errorf("parse process: %d fields after the name", len(fields))
	}
	s := Stat{Zombie: fields[0] == "Z" || fields[0] == "X"}
	s.Name = string(raw[open+1 : end])
	var problems []error
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("parse process: %w", err))
		}
		return n
	}
	s.PID = number(strings.TrimSpace(string(raw[:open])))
	s.Parent, s.Group, s.Session = number(fields[1]), number(fields[2]), number(fields[3])
	start, err := strconv.ParseUint(fields[19], 10, 64)
	if err != nil {
		problems = append(problems, fmt.Errorf("parse process: %w", err))
	}
	s.Start = start
	return s, errors.Join(problems...)
}

// Table is all processes at one moment.
type Table struct {
	byPID map[int]Stat
}

// Snapshot reads all processes. Those that end during that are left out.
func Snapshot() (Table, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return Table{}, fmt.Errorf("list processes: %w", err)
	}
	t := Table{byPID: make(map[int]Stat, len(entries))}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if s, err := read(pid); err == nil {
			t.byPID[pid] = s
		}
	}
	return t, nil
}

// Stat returns a process of the table.
func (t Table) Stat(pid int) (Stat, bool) {
	s, ok := t.byPID[pid]
	return s, ok
}

// Children are the direct children of a process, zombies too.
func (t Table) Children(pid int) []Stat {
	var all []Stat
	for _, s := range t.byPID {
		if s.Parent == pid {
			all = append(all, s)
		}
	}
	return all
}

// Descendants are the children of a process and theirs, the process not among
// them.
func (t Table) Descendants(pid int) []Stat {
	children := map[int][]Stat{}
	for _, s := range t.byPID {
		children[s.Parent] = append(children[s.Parent], s)
	}
	var all []Stat
	queue := []int{pid}
	for len(queue) > 0 {
		next := children[queue[0]]
		queue = queue[1:]
		for _, s := range next {
			all = append(all, s)
			queue = append(queue, s.PID)
		}
	}
	return all
}

// Group are the processes in the process group or session that the leader
// founded. It finds them after the leader has ended too: a number is not used
// again while a group bears it. Processes older than the leader are not its own.
func (t Table) Group(leader Identity) []Stat {
	var all []Stat
	for _, s := range t.byPID {
		if (s.Group == leader.PID || s.Session == leader.PID) && s.PID != leader.PID && s.Start >= leader.Start {
			all = append(all, s)
		}
	}
	return all
}
