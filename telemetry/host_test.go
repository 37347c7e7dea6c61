package telemetry

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.org/odooharness/internal/testing/eventually"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func near(t *testing.T, readings []Reading, name string, want float64) {
	t.Helper()
	if got := series(t, readings, name, ""); got < want-1e-3 || got > want+1e-3 {
		t.Errorf("%s is %v, want %v", name, got, want)
	}
}

func TestHost(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) { hostFrom(t, dir) })
}

// hostFrom reads a host's files twice, a second of virtual time apart: rates are exact.
func hostFrom(t *testing.T, dir string) {
	files := map[string]string{
		"stat":         "cpu  100 0 100 1000 50 0 0 10 0 0\ncpu0 1 2 3\n",
		"loadavg":      "1.25 0.80 0.50 2/300 4242\n",
		"meminfo":      "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 250 kB\nSwapTotal: 100 kB\nSwapFree: 40 kB\n",
		"pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0 avg60=0 avg300=0 total=0\n",
	}
	write(t, dir, files)
	p := &host{root: dir, disk: dir}
	first := read(t, p)
	for _, r := range first {
		if r.Series == "host.cpu" {
			t.Error("a share of processor time from one look")
		}
	}
	near(t, first, "host.load", 1.25)
	near(t, first, "host.memory.used", 0.75)
	near(t, first, "host.memory.available", 250*1024)
	near(t, first, "host.swap.used", 60*1024)
	if series(t, first, "host.disk.free", "") <= 0 {
		t.Error("no free disk space")
	}
	// 100 ticks more: 40 of them busy, 50 idle, 10 waiting for disk; 5 of the busy
	// ones were the hypervisor's.
	files["stat"] = "cpu  120 0 115 1050 60 0 0 15 0 0\n"
	files["pressure/cpu"] = "some avg10=0 avg60=0 avg300=0 total=500000\n"
	write(t, dir, files)
	time.Sleep(time.Second)
	second := read(t, p)
	near(t, second, "host.cpu", 0.40)
	near(t, second, "host.cpu.iowait", 0.10)
	near(t, second, "host.cpu.steal", 0.05)
	near(t, second, "host.cpu.pressure", 0.5)
	write(t, dir, map[string]string{"meminfo": "nothing\n", "stat": "x\n"})
	_, err := p.Read(context.Background())
	if err == nil || !strings.Contains(err.Error(), "read memory") || !strings.Contains(err.Error(), "read processor times") {
		t.Errorf("got %v, want both problems", err)
	}
}

func TestThisHost(t *testing.T) {
	p := newHost()
	read(t, p)
	eventually.True(t, time.Minute, "the series follows", func() bool { // a tick of the processor must pass
		for _, r := range read(t, p) {
			if r.Series == "host.cpu" {
				return r.Value >= 0 && r.Value <= 1
			}
		}
		return false
	})
}

func TestCgroup(t *testing.T) {
	for name, c := range map[string]struct {
		before, after map[string]string
		limit         float64
	}{
		"version 2": {
			map[string]string{"cpu.stat": "usage_usec 1000000\nnr_periods 100\nnr_throttled 10\nthrottled_usec 0\n", "cpu.max": "150000 100000\n",
				"memory.current": "4096\n"},
			map[string]string{"cpu.stat": "usage_usec 2500000\nnr_periods 110\nnr_throttled 15\nthrottled_usec 250000\n"}, 1.5,
		},
		"version 1": {
			map[string]string{"cpu.stat": "nr_periods 100\nnr_throttled 10\nthrottled_time 0\n", "cpuacct.usage": "1000000000\n",
				"cpu.cfs_quota_us": "150000\n", "cpu.cfs_period_us": "100000\n", "memory.usage_in_bytes": "4096\n"},
			map[string]string{"cpu.stat": "nr_periods 110\nnr_throttled 15\nthrottled_time 250000000\n", "cpuacct.usage": "2500000000\n"}, 1.5,
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				write(t, dir, c.before)
				p := newCgroup("shared", dir)
				read(t, p)
				write(t, dir, c.after)
				time.Sleep(time.Second)
				got := read(t, p)
				near(t, got, "cgroup.throttled", 0.5)
				near(t, got, "cgroup.cpu.limit", c.limit)
				near(t, got, "cgroup.memory", 4096)
				near(t, got, "cgroup.cpu", 1.5)
				near(t, got, "cgroup.throttled_time", 0.25)
			})
		})
	}
	if _, err := newCgroup("c", filepath.Join(t.TempDir(), "gone")).Read(context.Background()); err == nil {
		t.Error("a group that is not there is read without an error")
	}
}

// Of a group that does not count, its processes are added up: this test's.
func TestCgroupWithoutCount(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"cpu.stat": "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n", "cgroup.procs": strconv.Itoa(os.Getpid()) + "\n"})
	p := newCgroup("shared", dir)
	read(t, p)
	spin := time.Now()
	eventually.True(t, time.Minute, "the series follows", func() bool {
		for time.Since(spin) < 50*time.Millisecond {
		}
		spin = time.Now()
		return series(t, read(t, p), "cgroup.cpu", "") > 0.1
	})
}
