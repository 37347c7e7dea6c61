package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// host reads the machine of the harness. In a lab it is also that of the target.
// Elsewhere it shows whether the load generator had room.
type host struct {
	root  string // of proc, for tests
	disk  string
	rates counters
}

func newHost() *host { return &host{root: "/proc", disk: os.TempDir()} }

// hostComponent is the component of the host's series.
const hostComponent = "host"

func hostSeries() []Series {
	return []Series{
		{"host.cpu", "ratio", lower, "share of all cores that was busy"},
		{"host.cpu.iowait", "ratio", lower, "share of all cores that waited for disk"},
		{"host.cpu.steal", "ratio", lower, "share of all cores that the hypervisor gave to others"},
		{"host.cpu.pressure", "ratio", lower, "share of the time in which some task waited for a core (PSI)"},
		{"host.io.pressure", "ratio", lower, "share of the time in which some task waited for disk (PSI)"},
		{"host.load", "count", lower, "load average of one minute"},
		{"host.memory.available", "bytes", higher, "memory that can be had without swapping"},
		{"host.memory.used", "ratio", lower, "share of memory that is not available"},
		{"host.swap.used", "bytes", lower, "swap in use"},
		{"host.disk.free", "bytes", higher, "free space where temporary files go"},
	}
}

func (p *host) Name() string { return "host" }
func (p *host) Close() error { return nil }

func (p *host) Read(context.Context) ([]Reading, error) {
	g := &gather{component: hostComponent}
	p.rates.begin(time.Now())
	err := errors.Join(p.cpu(g), p.load(g), p.memory(g), p.free(g), p.pressure(g, "cpu"), p.pressure(g, "io"))
	p.rates.end()
	return g.readings, err
}

// cpu reads the first line of /proc/stat: user nice system idle iowait irq
// softirq steal guest guest_nice, in ticks. Guest time is within user time.
func (p *host) cpu(g *gather) error {
	data, err := os.ReadFile(p.root + "/stat")
	if err != nil {
		return fmt.Errorf("read processor times: %w", err)
	}
	line, _, _ := strings.Cut(string(data), "\n")
	f := strings.Fields(line)
	if len(f) < 9 || f[0] != "cpu" {
		return errors.New("read processor times: /proc/stat has another form")
	}
	var ticks [8]float64
	var total float64
	for i := range ticks {
		v, err := strconv.ParseFloat(f[i+1], 64)
		if err != nil {
			return fmt.Errorf("read processor times: %w", err)
		}
		ticks[i] = v
		total += v
	}
	all, ok := p.rates.rate("total", total)
	idle, ok1 := p.rates.rate("idle", ticks[3])
	wait, ok2 := p.rates.rate("iowait", ticks[4])
	steal, ok3 := p.rates.rate("steal", ticks[7])
	// The kernel sometimes lets idle and iowait fall by a tick.
	if ok && ok1 && ok2 && ok3 && all > 0 {
		g.add("host.cpu", max(0, 1-(idle+wait)/all))
		g.add("host.cpu.iowait", wait/all)
		g.add("host.cpu.steal", steal/all)
	}
	return nil
}

func (p *host) load(g *gather) error {
	data, err := os.ReadFile(p.root + "/loadavg")
	if err != nil {
		return fmt.Errorf("read load: %w", err)
	}
	first, _, _ := strings.Cut(string(data), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return fmt.Errorf("read load: %w", err)
	}
	g.add("host.load", load)
	return nil
}

func (p *host) memory(g *gather) error {
	data, err := os.ReadFile(p.root + "/meminfo")
	if err != nil {
		return fmt.Errorf("read memory: %w", err)
	}
	kib := map[string]float64{}
	for line := range strings.Lines(string(data)) {
		name, rest, _ := strings.Cut(line, ":")
		if f := strings.Fields(rest); len(f) > 0 {
			if v, err := strconv.ParseFloat(f[0], 64); err == nil {
				kib[name] = v
			}
		}
	}
	total, ok := kib["MemTotal"]
	available, ok2 := kib["MemAvailable"]
	if !ok || !ok2 || total <= 0 {
		return errors.New("read memory: /proc/meminfo has no MemTotal or MemAvailable")
	}
	g.add("host.memory.available", available*1024)
	g.add("host.memory.used", 1-available/total)
	g.add("host.swap.used", (kib["SwapTotal"]-kib["SwapFree"])*1024)
	return nil
}

func (p *host) free(g *gather) error {
	var s syscall.Statfs_t
	if err := syscall.Statfs(p.disk, &s); err != nil {
		return fmt.Errorf("read disk space: %w", err)
	}
	g.add("host.disk.free", float64(s.Bavail)*float64(s.Bsize))
	return nil
}

// pressure reads lines like "some avg10=0.00 avg60=0.00 avg300=0.00 total=12345",
// the total in microseconds. Kernels without PSI have no such file.
func (p *host) pressure(g *gather, of string) error {
	data, err := os.ReadFile(p.root + "/pressure/" + of)
	if err != nil {
		// Without PSI the file is missing, or reading it is "not supported".
		return nil // optional
	}
	line, _, _ := strings.Cut(string(data), "\n")
	_, text, ok := strings.Cut(line, "total=")
	total, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if !ok || err != nil {
		return fmt.Errorf("read pressure of %s: another form: %q", of, line)
	}
	g.addRatio(&p.rates, "host."+of+".pressure", total/1e6)
	return nil
}
