package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/procfs"
)

// States of processes, see proc(5).
const (
	zombie       = "Z"
	stoppedState = "T"
)

// processes reads the process trees of all components, in one pass over /proc a second.
type processes struct {
	watched []*watched
	proc    procfs.FS
	page    float64
	rates   counters
}

// watched is the first process of a component, and the port to find its successor.
type watched struct {
	component string
	pid       int
	started   uint64 // identifies a successor with the same pid
	port      int    // 0: none
}

func newProcesses(targets []Target) *processes {
	p := &processes{page: float64(os.Getpagesize())}
	for _, t := range targets {
		if t.PID <= 0 {
			continue
		}
		w := &watched{component: t.Component, pid: t.PID}
		if port, err := portOf(t.Address); err == nil {
			w.port = port
		}
		p.watched = append(p.watched, w)
	}
	return p
}

func processSeries() []Series {
	return []Series{
		{"process.running", "count", none, "processes of the component, 0 when it is down"},
		{"process.cpu", "cores", none, "cores used by the component's processes"},
		{"process.memory", "bytes", none,
			"resident memory of the component's processes, what they share counted once (the largest share)"},
		{"process.stopped", "count", lower, "processes of the component that are stopped by a signal"},
	}
}

func (p *processes) Name() string { return "processes" }
func (p *processes) Close() error { return nil }

func (p *processes) Read(context.Context) ([]Reading, error) {
	var err error
	if p.proc, err = procfs.NewDefaultFS(); err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	all, err := readProcesses(p.proc)
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for pid, one := range all {
		children[one.PPID] = append(children[one.PPID], pid)
	}
	var readings []Reading
	var problems []error
	p.rates.begin(time.Now())
	for _, w := range p.watched {
		g := &gather{component: w.component}
		if err := w.find(all); err != nil {
			problems = append(problems, err)
		}
		p.report(g, w, all, children)
		readings = append(readings, g.readings...)
	}
	p.rates.end()
	return readings, errors.Join(problems...)
}

// find makes sure that pid is the component's process. A component that was killed and
// restarted has another one, which listens on the same port.
func (w *watched) find(all map[int]procfs.ProcStat) error {
	if one, ok := all[w.pid]; ok && one.State != zombie && (w.started == 0 || one.Starttime == w.started) {
		w.started = one.Starttime
		return nil
	}
	if w.port == 0 {
		return nil
	}
	pid, err := listenerOf(w.port)
	if err != nil || pid == 0 {
		return err
	}
	// The listener may be a child that inherited the socket: the first process is
	// the topmost that has it as one of its own.
	for {
		parent := all[pid].PPID
		if parent <= 1 || !slices.Contains(socketsOf(parent), w.port) {
			break
		}
		pid = parent
	}
	w.pid, w.started = pid, all[pid].Starttime
	return nil
}

func (p *processes) report(g *gather, w *watched, all map[int]procfs.ProcStat, children map[int][]int) {
	var cpu, own, shared float64
	var running, stopped int
	var known bool
	pending := []int{w.pid}
	if one, ok := all[w.pid]; !ok || one.Starttime != w.started {
		pending = nil
	}
	for len(pending) > 0 {
		pid := pending[0]
		pending = append(pending[1:], children[pid]...)
		one := all[pid]
		if one.State == zombie {
			continue
		}
		running++
		if one.State == stoppedState {
			stopped++
		}
		key := strconv.Itoa(pid) + " " + strconv.FormatUint(one.Starttime, 10)
		if rate, ok := p.rates.rate(key, one.CPUTime()); ok {
			cpu += rate
			known = true
		}
		resident, common := p.memory(pid)
		own += resident - common
		shared = max(shared, common)
	}
	g.add("process.running", float64(running))
	g.add("process.stopped", float64(stopped))
	if known {
		g.add("process.cpu", cpu)
	}
	if running > 0 {
		g.add("process.memory", (own+shared)*p.page)
	}
}

// memory reads resident and shared pages; a process that just ended has none.
func (p *processes) memory(pid int) (resident, shared float64) {
	one, err := p.proc.Proc(pid)
	if err != nil {
		return 0, 0
	}
	pages, err := one.Statm()
	if err != nil {
		return 0, 0
	}
	return float64(pages.Resident), float64(pages.Shared)
}

// readProcesses reads the state of every process. One that ends during the read is left out.
func readProcesses(proc procfs.FS) (map[int]procfs.ProcStat, error) {
	list, err := proc.AllProcs()
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	all := make(map[int]procfs.ProcStat, len(list))
	for _, one := range list {
		if stat, err := one.Stat(); err == nil {
			all[one.PID] = stat
		}
	}
	return all, nil
}
