//go:build kubernetes

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"example.org/odooharness/internal/testing/eventually"
)

const cgroupRoot = "/sys/fs/cgroup"

// hierarchy is one of the machine's cgroup hierarchies. Version 1 has one for each
// controller or group of them, version 2 one for all.
type hierarchy struct {
	controllers string // empty for version 2
	own         string // cgroup of this process
}

// hierarchies are those that a kubelet works with.
func hierarchies() ([]hierarchy, error) {
	raw, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	return parseHierarchies(string(raw))
}

// parseHierarchies reads the form of /proc/self/cgroup, cgroups(7).
func parseHierarchies(text string) ([]hierarchy, error) {
	var all []hierarchy
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		field := strings.SplitN(line, ":", 3) // number, controllers, cgroup
		if len(field) != 3 {
			return nil, fmt.Errorf("%q is no line of /proc/self/cgroup", line)
		}
		all = append(all, hierarchy{controllers: field[1], own: field[2]})
	}
	if len(all) > 1 { // version 1; a hierarchy of version 2 next to it has no controllers
		all = slices.DeleteFunc(all, func(h hierarchy) bool { return h.controllers == "" })
	}
	return all, nil
}

// dir is where the hierarchy is mounted.
func (h hierarchy) dir() string {
	return filepath.Join(cgroupRoot, strings.TrimPrefix(h.controllers, "name="))
}

// mount mounts the hierarchy below a folder, as this process's namespace shows it.
func (h hierarchy) mount(root string) error {
	if h.controllers == "" {
		return mount("cgroup2", root+cgroupRoot, "cgroup2", 0, "")
	}
	dir, options := root+h.dir(), h.controllers
	if strings.HasPrefix(options, "name=") {
		options = "none," + options
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if err := mount("cgroup", dir, "cgroup", 0, options); err != nil {
		return err
	}
	names := strings.Split(h.controllers, ",")
	for _, each := range names {
		if len(names) > 1 {
			if err := os.Symlink(filepath.Base(dir), filepath.Join(filepath.Dir(dir), each)); err != nil {
				return err
			}
		}
	}
	return nil
}

// claim makes the lab's cgroups under the first number that is free.
func claim() (lab, error) {
	all, err := hierarchies()
	if err != nil {
		return lab{}, err
	}
	for l := (lab{}); l.Number < 100; l.Number++ {
		err := os.Mkdir(filepath.Join(all[0].dir(), l.name()), 0o755)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return l, err
		}
		if err := l.makeCgroups(all); err != nil {
			return l, errors.Join(err, l.removeCgroups())
		}
		return l, nil
	}
	return lab{}, errors.New("a hundred labs are up or were killed; nodelab down takes down those that are in its state folder")
}

func (l lab) makeCgroups(all []hierarchy) error {
	for _, h := range all {
		dir := filepath.Join(h.dir(), l.name())
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if h.controllers == "cpuset" {
			if err := inherit(dir, "cpuset.cpus", "cpuset.mems"); err != nil {
				return err
			}
		}
	}
	return nil
}

// inherit sets what a new cgroup of version 1 does not take from its parent.
func inherit(dir string, files ...string) error {
	for _, file := range files {
		raw, err := os.ReadFile(filepath.Join(filepath.Dir(dir), file))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, file), raw, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// within runs a function in the lab's cgroups: what it starts is in them, and has them
// for the root of its namespace.
func (l lab) within(do func() error) (err error) {
	all, err := hierarchies()
	if err != nil {
		return err
	}
	enter := func(cgroup func(hierarchy) string) (problem error) {
		for _, h := range all {
			file := filepath.Join(h.dir(), cgroup(h), "cgroup.procs")
			problem = errors.Join(problem, os.WriteFile(file, []byte("0"), 0o600))
		}
		return problem
	}
	defer func() { err = errors.Join(err, enter(func(h hierarchy) string { return h.own })) }()
	if err := enter(func(hierarchy) string { return l.name() }); err != nil {
		return fmt.Errorf("enter cgroup %s: %w", l.name(), err)
	}
	return do()
}

// delegate has version 2 hand its controllers on, which takes a root without processes.
func delegate() error {
	if err := os.Mkdir(cgroupRoot+"/first", 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(cgroupRoot+"/first/cgroup.procs", []byte("0"), 0o600); err != nil {
		return err
	}
	raw, err := os.ReadFile(cgroupRoot + "/cgroup.controllers")
	if err != nil {
		return err
	}
	for _, controller := range strings.Fields(string(raw)) {
		if err := os.WriteFile(cgroupRoot+"/cgroup.subtree_control", []byte("+"+controller), 0o600); err != nil {
			return fmt.Errorf("hand on %s: %w", controller, err)
		}
	}
	return nil
}

// removeCgroups removes them all, leaves first. A process that was killed may be in
// its cgroup a moment longer.
func (l lab) removeCgroups() error {
	all, err := hierarchies()
	if err != nil {
		return err
	}
	return eventually.Within(20*time.Second, func() (problem error) {
		for _, h := range all {
			problem = errors.Join(problem, removeTree(filepath.Join(h.dir(), l.name())))
		}
		return problem
	})
}

func removeTree(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			if err := removeTree(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	// Not os.Remove: its error would name the control files.
	if err := unix.Rmdir(dir); err != nil && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("remove cgroup %s: %w", dir, err)
	}
	return nil
}
