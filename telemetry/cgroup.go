package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/procfs"
)

// cgroup reads the CPU and memory of a stack or component from version 1 or 2 of the
// kernel's groups. For version 1 the folder of any controller is enough: cgroup finds
// the others next to it.
type cgroup struct {
	component string
	dir       string
	rates     counters
}

func newCgroup(component, dir string) *cgroup { return &cgroup{component: component, dir: dir} }

func cgroupSeries() []Series {
	return []Series{
		{"cgroup.cpu", "cores", none, "cores used by the group"},
		{"cgroup.cpu.limit", "cores", none, "cores the group may use, when it is limited"},
		{"cgroup.throttled", "ratio", lower, "share of the scheduler's periods in which the group used up its share"},
		{"cgroup.throttled_time", "ratio", lower, "seconds a second that the group's processes were held back, over its cores"},
		{"cgroup.memory", "bytes", none, "memory charged to the group"},
	}
}

func (p *cgroup) Name() string { return "cgroup " + p.component }
func (p *cgroup) Close() error { return nil }

func (p *cgroup) Read(context.Context) ([]Reading, error) {
	if _, err := os.Stat(p.dir); err != nil {
		return nil, fmt.Errorf("read the group: %w", err)
	}
	g := &gather{component: p.component}
	p.rates.begin(time.Now())
	stat, err := p.pairs("cpu.stat")
	err = errors.Join(err, p.usage(g, stat))
	if periods, ok := stat["nr_periods"]; ok {
		count, seconds, ok1 := p.rates.growth("periods", periods)
		held, _, ok2 := p.rates.growth("throttled", stat["nr_throttled"])
		if ok1 && ok2 && seconds > 0 {
			g.add("cgroup.throttled", held/max(count, 1))
		}
	}
	// Version 1 counts nanoseconds, version 2 microseconds.
	if ns, ok := stat["throttled_time"]; ok {
		g.addRate(&p.rates, "cgroup.throttled_time", ns/1e9)
	} else if us, ok := stat["throttled_usec"]; ok {
		g.addRate(&p.rates, "cgroup.throttled_time", us/1e6)
	}
	p.rates.end()
	p.limit(g)
	if memory, ok := p.one("memory.current", "memory.usage_in_bytes"); ok {
		g.add("cgroup.memory", memory)
	}
	return g.readings, err
}

func (p *cgroup) usage(g *gather, stat map[string]float64) error {
	if us, ok := stat["usage_usec"]; ok {
		g.addRate(&p.rates, "cgroup.cpu", us/1e6)
		return nil
	}
	if ns, ok := p.one("cpuacct.usage"); ok {
		g.addRate(&p.rates, "cgroup.cpu", ns/1e9)
		return nil
	}
	return p.ofProcesses(g)
}

// ofProcesses adds up the processes of the group. It is for controllers of version 1
// that do not count. It misses the use of processes that ended in the interval.
func (p *cgroup) ofProcesses(g *gather) error {
	data, err := os.ReadFile(filepath.Join(p.dir, "cgroup.procs"))
	if err != nil {
		return fmt.Errorf("the group has neither usage_usec nor cpuacct.usage: %w", err)
	}
	var cores float64
	for pid := range strings.FieldsSeq(string(data)) {
		number, err := strconv.Atoi(pid)
		if err != nil {
			continue
		}
		process, err := procfs.NewProc(number)
		if err != nil {
			continue // it ended
		}
		if one, err := process.Stat(); err == nil {
			rate, _ := p.rates.rate(pid+" "+strconv.FormatUint(one.Starttime, 10), one.CPUTime())
			cores += rate
		}
	}
	if p.rates.last != nil {
		g.add("cgroup.cpu", cores)
	}
	return nil
}

func (p *cgroup) limit(g *gather) {
	if data, err := os.ReadFile(filepath.Join(p.dir, "cpu.max")); err == nil {
		f := strings.Fields(string(data))
		if len(f) == 2 && f[0] != "max" {
			g.add("cgroup.cpu.limit", number([]byte(f[0]))/max(number([]byte(f[1])), 1))
		}
		return
	}
	quota, ok := p.one("cpu.cfs_quota_us")
	period, ok2 := p.one("cpu.cfs_period_us")
	if ok && ok2 && quota > 0 && period > 0 {
		g.add("cgroup.cpu.limit", quota/period)
	}
}

// pairs reads lines of "name number".
func (p *cgroup) pairs(name string) (map[string]float64, error) {
	data, err := os.ReadFile(p.find(name))
	if err != nil {
		return nil, fmt.Errorf("read the group: %w", err)
	}
	all := map[string]float64{}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) == 2 {
			all[f[0]] = number([]byte(f[1]))
		}
	}
	return all, nil
}

// one reads the number in the first of the files that exists.
func (p *cgroup) one(names ...string) (float64, bool) {
	for _, name := range names {
		data, err := os.ReadFile(p.find(name))
		if err != nil {
			continue
		}
		if v, err := strconv.ParseFloat(strings.TrimSpace(string(data)), 64); err == nil {
			return v, true
		}
	}
	return 0, false
}

// find looks for a file of the group: in its folder, else in that of the same
// group under another controller of version 1 (/sys/fs/cgroup/<controller>/...).
func (p *cgroup) find(name string) string {
	here := filepath.Join(p.dir, name)
	if _, err := os.Stat(here); err == nil {
		return here
	}
	const mount = "/sys/fs/cgroup/"
	rest, ok := strings.CutPrefix(p.dir, mount)
	controller, _, _ := strings.Cut(name, ".")
	if _, group, nested := strings.Cut(rest, "/"); ok && nested {
		return filepath.Join(mount, controller, group, name)
	}
	return here
}
