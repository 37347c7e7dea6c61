package cgroup

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const stat = "usage_usec 5000\nnr_periods 400\nnr_throttled 90\nthrottled_usec 7000\n"

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  CPU
	}{
		"no cgroups": {map[string]string{"etc/passwd": ""}, CPU{}},
		"version 2, own namespace": {map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "10000 100000\n",
			"sys/fs/cgroup/cpu.stat": stat}, CPU{0.1, 400, 90}},
		"version 2, no limit": {map[string]string{"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "max 100000\n",
			"sys/fs/cgroup/a/cpu.stat": stat}, CPU{}},
		"version 2, the parent's is tighter": {map[string]string{"proc/self/cgroup": "0::/pod/box\n",
			"sys/fs/cgroup/pod/box/cpu.max": "300000 100000\n", "sys/fs/cgroup/pod/box/cpu.stat": "nr_periods 7\nnr_throttled 0\n",
			"sys/fs/cgroup/pod/cpu.max": "150000 100000\n", "sys/fs/cgroup/pod/cpu.stat": stat}, CPU{1.5, 400, 90}},
		"version 2, a path of the host": {map[string]string{"proc/self/cgroup": "0::/kubepods/pod1/box\n",
			"sys/fs/cgroup/cpu.max": "50000 100000", "sys/fs/cgroup/cpu.stat": stat}, CPU{0.5, 400, 90}},
		"version 1": {map[string]string{"proc/self/cgroup": "5:memory:/box\n4:cpu,cpuacct:/box\n0::/box\n",
			"sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us": "25000\n", "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us": "100000\n",
			"sys/fs/cgroup/cpu,cpuacct/box/cpu.stat": "nr_periods 400\nnr_throttled 90\nthrottled_time 7000000\n"}, CPU{0.25, 400, 90}},
		"version 1, no limit": {map[string]string{"proc/self/cgroup": "4:cpu:/\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
			"sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"}, CPU{}},
	} {
		root := fstest.MapFS{}
		for path, text := range c.files {
			root[path] = &fstest.MapFile{Data: []byte(text)}
		}
		got, err := Read(root)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadNamesWhatIsBroken(t *testing.T) {
	_, err := Read(fstest.MapFS{"proc/self/cgroup": {Data: []byte("0::/\n")}, "sys/fs/cgroup/cpu.max": {Data: []byte("soon 100000")}})
	if err == nil || !strings.Contains(err.Error(), `sys/fs/cgroup/cpu.max: "soon"`) {
		t.Errorf("got %v", err)
	}
}

// This machine's own can be read, whatever it has.
func TestReadHere(t *testing.T) {
	if _, err := Read(os.DirFS("/")); err != nil {
		t.Error(err)
	}
}
