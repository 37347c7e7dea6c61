//go:build kubernetes

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// missingError is what this machine lacks for a lab, all of it.
type missingError []string

func (m missingError) Error() string { return "no lab with containers here: " + strings.Join(m, "; ") }

// possible returns an error that lists what the lab needs and this machine lacks.
func (s *site) possible() error {
	var missing missingError
	note := func(format string, args ...any) { missing = append(missing, fmt.Sprintf(format, args...)) }
	if s.Bin == "" {
		return fmt.Errorf("no folder of programs: write --programs or set HARNESS_TESTENV; make nodelab builds them")
	}
	for _, program := range []string{"kubelab", "kubenode", "chaos-controller", "chaos-daemon", "nsexec", "pause"} {
		if _, err := os.Stat(filepath.Join(s.Bin, program)); err != nil {
			return fmt.Errorf("%w; make nodelab builds it", err)
		}
	}
	for program, of := range map[string]string{
		"containerd": "containerd", "ctr": "containerd", "runc": "runc", "iptables": "iptables", "ipset": "ipset",
		"stress-ng": "stress-ng", "busybox": "busybox-static", "ip": "iproute2", "tc": "iproute2", "nsenter": "util-linux",
		"/usr/lib/cni/ptp": "containernetworking-plugins",
	} {
		if _, err := exec.LookPath(program); err != nil {
			note("no program %s (package %s)", program, of)
		}
	}
	if os.Geteuid() != 0 {
		note("root is needed for namespaces, cgroups and mounts")
		return missing
	}
	if err := s.overlay(); err != nil {
		note("containers need overlayfs in %s: %v", s.Dir, err)
	}
	if err := cgroups(); err != nil {
		note("containers need cgroups that can be written: %v", err)
	}
	if len(missing) == 0 {
		return nil
	}
	return missing
}

// overlay tries a mount as containerd makes it, and unmounts it.
func (s *site) overlay() error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.Dir, "overlay-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // nodelab down removes all of the folder
	part := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"lower", "upper", "work", "merged"} {
		if err := os.Mkdir(part(name), 0o700); err != nil {
			return err
		}
	}
	options := "lowerdir=" + part("lower") + ",upperdir=" + part("upper") + ",workdir=" + part("work")
	if err := mount("overlay", part("merged"), "overlay", 0, options); err != nil {
		return err
	}
	return unix.Unmount(part("merged"), 0)
}

// cgroups tries whether a cgroup can be made, and looks for the controllers that a
// kubelet insists on.
func cgroups() error {
	all, err := hierarchies()
	if err != nil {
		return err
	}
	controllers := ""
	for _, h := range all {
		controllers += "," + h.controllers
	}
	if all[0].controllers == "" {
		raw, err := os.ReadFile(cgroupRoot + "/cgroup.controllers")
		if err != nil {
			return err
		}
		controllers = "," + strings.Join(strings.Fields(string(raw)), ",")
	}
	for _, needed := range []string{"cpu", "cpuset", "memory", "pids"} {
		if !strings.Contains(controllers+",", ","+needed+",") {
			return fmt.Errorf("no controller %s", needed)
		}
	}
	dir, err := os.MkdirTemp(all[0].dir(), "nodelab-try-*")
	if err != nil {
		return err
	}
	return unix.Rmdir(dir)
}
