package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Linux counts processor time of processes in hundredths of a second on every
// architecture (USER_HZ).
const ticksPerSecond = 100

// processes reads the process trees of all components, in one pass over /proc a second.
type processes struct {
	watched []*watched
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

// process has the fields of /proc/<pid>/stat.
type process struct {
	pid, parent int
	state       byte
	ticks       float64
	started     uint64
}

func (p *processes) Read(context.Context) ([]Reading, error) {
	all, err := readProcesses("/proc")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for pid, one := range all {
		children[one.parent] = append(children[one.parent], pid)
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
func (w *watched) find(all map[int]process) error {
	if one, ok := all[w.pid]; ok && one.state != 'Z' && (w.started == 0 || one.started == w.started) {
		w.started = one.started
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
		parent := all[pid].parent
		if parent <= 1 || !slices.Contains(socketsOf(parent), w.port) {
			break
		}
		pid = parent
	}
	w.pid, w.started = pid, all[pid].started
	return nil
}

func (p *processes) report(g *gather, w *watched, all map[int]process, children map[int][]int) {
	var cpu, own, shared float64
	var running, stopped int
	var known bool
	pending := []int{w.pid}
	if one, ok := all[w.pid]; !ok || one.started != w.started {
		pending = nil
	}
	for len(pending) > 0 {
		pid := pending[0]
		pending = append(pending[1:], children[pid]...)
		one := all[pid]
		if one.state == 'Z' {
			continue
		}
		running++
		if one.state == 'T' {
			stopped++
		}
		key := strconv.Itoa(pid) + " " + strconv.FormatUint(one.started, 10)
		if rate, ok := p.rates.rate(key, one.ticks/ticksPerSecond); ok {
			cpu += rate
			known = true
		}
		resident, common := memory(pid)
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
func memory(pid int) (resident, shared float64) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0, 0
	}
	f := bytes.Fields(data)
	if len(f) < 3 {
		return 0, 0
	}
	return number(f[1]), number(f[2])
}

func readProcesses(root string) (map[int]process, error) {
	dir, err := os.Open(root)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	names, err := dir.Readdirnames(-1)
	if err = errors.Join(err, dir.Close()); err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	all := make(map[int]process, len(names))
	buffer := make([]byte, 4096)
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		data, err := readSmall(root+"/"+name+"/stat", buffer)
		if err != nil {
			continue // it has ended
		}
		if one, ok := parseStat(data); ok {
			one.pid = pid
			all[pid] = one
		}
	}
	return all, nil
}

// readSmall reads a file of /proc that fits into the buffer, with three system
// calls: there are hundreds of them a second.
func readSmall(path string, buffer []byte) ([]byte, error) {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer syscall.Close(fd)
	n, err := syscall.Read(fd, buffer)
	if err != nil {
		return nil, err
	}
	return buffer[:n], nil
}

// parseStat reads "123 (name (odd)) S 1 ...". Fields count from behind the last
// parenthesis, since a name may contain any character.
func parseStat(data []byte) (process, bool) {
	end := bytes.LastIndexByte(data, ')')
	if end < 0 {
		return process{}, false
	}
	f := bytes.Fields(data[end+1:])
	if len(f) < 20 {
		return process{}, false
	}
	parent, err1 := strconv.Atoi(string(f[1]))
	started, err2 := strconv.ParseUint(string(f[19]), 10, 64)
	if err1 != nil || err2 != nil {
		return process{}, false
	}
	return process{parent: parent, state: f[0][0], ticks: number(f[11]) + number(f[12]), started: started}, true
}
