package odoostack

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCgroupLimit(t *testing.T) {
	cases := []struct {
		version         int
		cores           float64
		file, text, off string
	}{
		{1, 2, "cpu.cfs_quota_us", "200000", "-1"},
		{1, 0.4, "cpu.cfs_quota_us", "40000", "-1"},
		{1, 1.0 / 3, "cpu.cfs_quota_us", "33333", "-1"},
		{1, 0.001, "cpu.cfs_quota_us", "1000", "-1"}, // the kernel's smallest
		{2, 0.5, "cpu.max", "50000 100000", "max 100000"},
	}
	for _, c := range cases {
		file, text, off := cgroupRoot{version: c.version}.limit(c.cores)
		if file != c.file || text != c.text || off != c.off {
			t.Errorf("v%d, %g cores: got %s %q off %q, want %s %q off %q",
				c.version, c.cores, file, text, off, c.file, c.text, c.off)
		}
	}
}

func TestFindCgroups(t *testing.T) {
	const v1 = "cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0\n" +
		"cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
	const v2 = "cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n"
	with := func(controllers string) func(string) ([]byte, error) {
		return func(path string) ([]byte, error) {
			if !strings.HasSuffix(path, "/cgroup.controllers") {
				return nil, errors.New("not this file")
			}
			return []byte(controllers), nil
		}
	}
	cases := []struct {
		name, mounts, controllers string
		want                      cgroupRoot
		fails                     bool
	}{
		{"v1 next to an empty v2", v1, "", cgroupRoot{"/sys/fs/cgroup/cpu,cpuacct", 1}, false},
		{"v2", v2, "cpuset cpu io\n", cgroupRoot{"/sys/fs/cgroup", 2}, false},
		{"v2 without cpu", v2, "cpuset io\n", cgroupRoot{}, true},
		{"none", "proc /proc proc rw 0 0\n", "", cgroupRoot{}, true},
	}
	for _, c := range cases {
		got, err := findCgroups(c.mounts, with(c.controllers))
		if got != c.want || (err != nil) != c.fails {
			t.Errorf("%s: got %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
}

// The kernel's files are stood in for by plain ones: what is written counts.
func TestCgroupLimitBeginsWithEnforce(t *testing.T) {
	root := cgroupRoot{dir: t.TempDir(), version: 1}
	g, err := root.newCgroup("stack", 0.5)
	if err != nil {
		t.Fatal(err)
	}
	read := func() string {
		raw, err := os.ReadFile(filepath.Join(root.dir, "stack", "cpu.cfs_quota_us"))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	if got := read(); got != "-1" {
		t.Errorf("before enforce: got %q, want no limit", got)
	}
	if err := g.enforce(); err != nil {
		t.Fatal(err)
	}
	if got := read(); got != "50000" {
		t.Errorf("after enforce: got %q, want 50000", got)
	}
}
