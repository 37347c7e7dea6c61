//go:build kubernetes

package main

import (
	"slices"
	"testing"
)

func TestHierarchies(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []hierarchy
		dirs []string
	}{
		"version 1, with a second version that has no controllers": {
			"4:cpu,cpuacct:/a\n1:name=systemd:/\n0::/b\n",
			[]hierarchy{{"cpu,cpuacct", "/a"}, {"name=systemd", "/"}},
			[]string{"/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/systemd"},
		},
		"version 2": {"0::/user.slice/a:b\n", []hierarchy{{"", "/user.slice/a:b"}}, []string{"/sys/fs/cgroup"}},
		"no line":   {"cpu", nil, nil},
	} {
		got, err := parseHierarchies(test.text)
		if !slices.Equal(got, test.want) || (err != nil) != (test.want == nil) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, test.want)
		}
		for i, h := range got {
			if h.dir() != test.dirs[i] {
				t.Errorf("%s: %v is at %s, want %s", name, h, h.dir(), test.dirs[i])
			}
		}
	}
}
