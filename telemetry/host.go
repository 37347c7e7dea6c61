package telemetry

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/prometheus/procfs"
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
	proc, err := procfs.NewFS(p.root)
	if err != nil {
		return nil, fmt.Errorf("read /proc: %w", err)
	}
	g := &gather{component: hostComponent}
	p.rates.begin(time.Now())
	err = errors.Join(p.cpu(g, proc), p.load(g, proc), p.memory(g, proc), p.free(g), p.pressure(g, proc, "cpu"), p.pressure(g,
		proc, "io"))
	p.rates.end()
	return g.readings, err
}

// cpu reads the processor times. Guest time is within user time.
func (p *host) cpu(g *gather, proc procfs.FS) error {
	stat, err := proc.Stat()
	if err != nil {
		return fmt.Errorf("read processor times: %w", err)
	}
	t := stat.CPUTotal
	total := t.User + t.Nice + t.System + t.Idle + t.Iowait + t.IRQ + t.SoftIRQ + t.Steal
	if total == 0 {
		return errors.New("read processor times: /proc/stat has no line cpu")
	}
	all, ok := p.rates.rate("total", total)
	idle, ok1 := p.rates.rate("idle", t.Idle)
	wait, ok2 := p.rates.rate("iowait", t.Iowait)
	steal, ok3 := p.rates.rate("steal", t.Steal)
	// The kernel lets idle and iowait fall by a tick now and then.
	if ok && ok1 && ok2 && ok3 && all > 0 {
		g.add("host.cpu", max(0, 1-(idle+wait)/all))
		g.add("host.cpu.iowait", wait/all)
		g.add("host.cpu.steal", steal/all)
	}
	return nil
}

func (p *host) load(g *gather, proc procfs.FS) error {
	load, err := proc.LoadAvg()
	if err != nil {
		return fmt.Errorf("read load: %w", err)
	}
	g.add("host.load", load.Load1)
	return nil
}

func (p *host) memory(g *gather, proc procfs.FS) error {
	m, err := proc.Meminfo()
	if err != nil {
		return fmt.Errorf("read memory: %w", err)
	}
	if m.MemTotalBytes == nil || m.MemAvailableBytes == nil || *m.MemTotalBytes == 0 {
		return errors.New("read memory: /proc/meminfo has no MemTotal or MemAvailable")
	}
	g.add("host.memory.available", float64(*m.MemAvailableBytes))
	g.add("host.memory.used", 1-float64(*m.MemAvailableBytes)/float64(*m.MemTotalBytes))
	if m.SwapTotalBytes != nil && m.SwapFreeBytes != nil {
		g.add("host.swap.used", float64(*m.SwapTotalBytes)-float64(*m.SwapFreeBytes))
	}
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

// pressure reads how long some task waited, in microseconds. Without PSI in the kernel
// the file is missing, or reading it is "not supported".
func (p *host) pressure(g *gather, proc procfs.FS, of string) error {
	stats, err := proc.PSIStatsForResource(of)
	switch {
	case errors.Is(err, procfs.ErrFileRead):
		return nil // optional
	case err != nil:
		return fmt.Errorf("read pressure of %s: %w", of, err)
	case stats.Some != nil:
		g.addRatio(&p.rates, "host."+of+".pressure", float64(stats.Some.Total)/1e6)
	}
	return nil
}
