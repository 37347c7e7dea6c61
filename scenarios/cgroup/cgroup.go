// Package cgroup reads how much CPU the cgroup of this process may use, and how
// often it had to wait because it had used it up.
//
// A load generator in a container has the node's cores in sight and a part of them to
// use. What it measures while it is throttled is its own waiting.
//
//  1. /proc/self/cgroup names the cgroup, of version 2 or of the cpu controller of
//     version 1;
//  2. its limit is the smallest of its own and its ancestors' (cpu.max, or
//     cpu.cfs_quota_us over cpu.cfs_period_us);
//  3. the periods are those of the cgroup that has this limit (cpu.stat).
//
// In a container the path may be that of the host, where the tree starts at the
// container: then the root of the tree is read.
//
//	before, _ := cgroup.Read(os.DirFS("/"))
//	...
//	after, _ := cgroup.Read(os.DirFS("/"))
//	fmt.Println(after.Throttled - before.Throttled)
//
// Source: the kernel's Documentation/admin-guide/cgroup-v2.rst and
// Documentation/scheduler/sched-bwc.rst.
package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// CPU is the limit of a cgroup with its counters since the cgroup was made.
type CPU struct {
	Limit     float64 // cores; 0: no limit
	Periods   int64   // in which the cgroup wanted to run
	Throttled int64   // of those, how many it had to wait in
}

// Read reads the CPU limit of this process. root is the file system's root, in a
// container the container's. Without cgroups there is no limit.
func Read(root fs.FS) (CPU, error) {
	raw, err := fs.ReadFile(root, "proc/self/cgroup")
	if errors.Is(err, fs.ErrNotExist) {
		return CPU{}, nil
	}
	if err != nil {
		return CPU{}, fmt.Errorf("read the cgroup: %w", err)
	}
	tree, own := find(string(raw))
	if tree == nil {
		return CPU{}, nil
	}
	if _, err := fs.Stat(root, path.Join(tree.dir, own)); err != nil {
		own = "" // a path of the host's, seen from a container
	}
	var tightest CPU
	for {
		cpu, err := tree.read(root, path.Join(tree.dir, own))
		if err != nil {
			return CPU{}, fmt.Errorf("read the cgroup's CPU: %w", err)
		}
		if cpu.Limit > 0 && (tightest.Limit == 0 || cpu.Limit < tightest.Limit) {
			tightest = cpu
		}
		if own == "" {
			return tightest, nil
		}
		if own = path.Dir(own); own == "." || own == "/" {
			own = ""
		}
	}
}

// tree is a hierarchy of cgroups.
type tree struct {
	dir   string // where it is mounted
	limit func(fs.FS, string) (float64, error)
}

// find reads /proc/self/cgroup: lines of hierarchy, controllers and path. Version 1
// has the cpu controller where both are mounted.
func find(lines string) (*tree, string) {
	var found *tree
	var own string
	for line := range strings.Lines(lines) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		at := strings.TrimPrefix(f[2], "/")
		for _, controller := range strings.Split(f[1], ",") {
			if controller == "cpu" {
				return &tree{"sys/fs/cgroup/" + f[1], quota}, at
			}
		}
		if f[0] == "0" && f[1] == "" {
			found, own = &tree{"sys/fs/cgroup", maximum}, at
		}
	}
	return found, own
}

// read reads one cgroup. The root of a tree has no limit and no file for it.
func (t *tree) read(root fs.FS, dir string) (CPU, error) {
	limit, err := t.limit(root, dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && limit == 0 {
		return CPU{}, nil
	}
	if err != nil {
		return CPU{}, err
	}
	cpu := CPU{Limit: limit}
	raw, err := fs.ReadFile(root, path.Join(dir, "cpu.stat"))
	if err != nil {
		return CPU{}, err
	}
	for line := range strings.Lines(string(raw)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		var to *int64
		switch name {
		case "nr_periods":
			to = &cpu.Periods
		case "nr_throttled":
			to = &cpu.Throttled
		default:
			continue
		}
		if *to, err = strconv.ParseInt(value, 10, 64); err != nil {
			return CPU{}, fmt.Errorf("%s/cpu.stat: %s: %w", dir, name, err)
		}
	}
	return cpu, nil
}

// maximum is the limit of version 2: "max 100000", or microseconds of CPU a period.
func maximum(root fs.FS, dir string) (float64, error) {
	raw, err := fs.ReadFile(root, path.Join(dir, "cpu.max"))
	if err != nil {
		return 0, err
	}
	quota, period, _ := strings.Cut(strings.TrimSpace(string(raw)), " ")
	if quota == "max" {
		return 0, nil
	}
	return share(dir+"/cpu.max", quota, period)
}

// quota is the limit of version 1, whose quota is -1 without one.
func quota(root fs.FS, dir string) (float64, error) {
	quota, err := fs.ReadFile(root, path.Join(dir, "cpu.cfs_quota_us"))
	if err != nil {
		return 0, err
	}
	period, err := fs.ReadFile(root, path.Join(dir, "cpu.cfs_period_us"))
	if err != nil {
		return 0, err
	}
	if strings.HasPrefix(string(quota), "-") {
		return 0, nil
	}
	return share(dir, strings.TrimSpace(string(quota)), strings.TrimSpace(string(period)))
}

func share(where, quota, period string) (float64, error) {
	used, err1 := strconv.ParseFloat(quota, 64)
	of, err2 := strconv.ParseFloat(period, 64)
	if err := errors.Join(err1, err2); err != nil || of <= 0 {
		return 0, fmt.Errorf("%s: %q of %q is no share of CPU", where, quota, period)
	}
	return used / of, nil
}
