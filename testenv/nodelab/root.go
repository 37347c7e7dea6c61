//go:build kubernetes

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// mount is the system call, with what it was for in its error.
func mount(source, target, kind string, flags uintptr, options string) error {
	if err := unix.Mount(source, target, kind, flags, options); err != nil {
		return fmt.Errorf("mount %s on %s: %w", source, target, err)
	}
	return nil
}

// tunables are what a kubelet sets for the whole machine (pkg/kubelet/cm,
// setupKernelTunables). Within the lab they are files of its own.
func tunables() []string {
	return []string{
		"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
		"kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes",
	}
}

// own are the folders that the lab has its own of, and where in its state they are;
// nowhere for those that are mounted otherwise.
func (s *site) own() map[string]string {
	return map[string]string{
		"/proc": "", "/sys": "", "/host-sys": "", "/run": "", "/old": "",
		inner:              s.Dir,
		"/var/log":         s.path("log"),
		"/var/lib/kubelet": s.path("kubelet"),
		"/usr/local/bin":   s.path("bin"), // where Chaos Mesh's daemon looks for programs
	}
}

// enterRoot makes the lab's root and moves this mount namespace into it:
//
//	/         the machine's, folder by folder, but for
//	/proc     of the lab's processes
//	/sys      of its network and cgroups, /host-sys the same
//	/run      empty
//	/lab      the lab's folder, with /var/log and others in it
func (s *site) enterRoot() error {
	// Nothing that is mounted from here on is seen outside.
	if err := mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	root := s.path("root")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	if err := mount("tmpfs", root, "tmpfs", 0, "mode=755"); err != nil {
		return err
	}
	if err := s.mirror(root, "/"); err != nil {
		return err
	}
	for _, step := range []func(string) error{s.mountOwn, mountSys, s.copyTunables} {
		if err := step(root); err != nil {
			return err
		}
	}
	if err := unix.PivotRoot(root, root+"/old"); err != nil {
		return fmt.Errorf("enter the lab's root: %w", err)
	}
	return errors.Join(os.Chdir("/"), unix.Unmount("/old", unix.MNT_DETACH), os.Remove("/old"))
}

// mirror shows a folder of the machine in the lab's root: its entries one by one when
// the lab has its own of something below it, else the folder as it is.
func (s *site) mirror(root, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		source := filepath.Join(dir, entry.Name())
		target := root + source
		_, own := s.own()[source]
		switch {
		case own:
		case entry.Type()&os.ModeSymlink != 0:
			link, err := os.Readlink(source)
			if err != nil {
				return err
			}
			if err := os.Symlink(link, target); err != nil {
				return err
			}
		case entry.IsDir():
			if err := os.Mkdir(target, 0o755); err != nil {
				return err
			}
			if s.ownBelow(source) {
				err = s.mirror(root, source)
			} else {
				err = mount(source, target, "", unix.MS_BIND|unix.MS_REC, "")
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *site) ownBelow(dir string) bool {
	for path := range s.own() {
		if strings.HasPrefix(path, dir+"/") {
			return true
		}
	}
	return false
}

// mountOwn mounts what the lab has its own of.
func (s *site) mountOwn(root string) error {
	for target, source := range s.own() {
		if err := os.MkdirAll(root+target, 0o755); err != nil {
			return err
		}
		if source == "" {
			continue
		}
		if err := os.MkdirAll(source, 0o755); err != nil {
			return err
		}
		if err := mount(source, root+target, "", unix.MS_BIND, ""); err != nil {
			return err
		}
	}
	for _, program := range []string{"nsexec", "pause"} {
		if err := copyFile(filepath.Join(s.Bin, program), s.path("bin/"+program), 0o755); err != nil {
			return err
		}
	}
	return errors.Join(
		os.MkdirAll(s.path("tmp"), 0o700),
		mount("proc", root+"/proc", "proc", 0, ""),
		mount("tmpfs", root+"/run", "tmpfs", 0, "mode=755"),
	)
}

// mountSys mounts /sys of the lab's network, with the cgroups of its namespace.
func mountSys(root string) error {
	if err := mount("sysfs", root+"/sys", "sysfs", 0, ""); err != nil {
		return err
	}
	all, err := hierarchies()
	if err != nil {
		return err
	}
	if all[0].controllers != "" {
		if err := mount("tmpfs", root+cgroupRoot, "tmpfs", 0, "mode=755"); err != nil {
			return err
		}
	}
	for _, h := range all {
		if err := h.mount(root); err != nil {
			return err
		}
	}
	return mount(root+"/sys", root+"/host-sys", "", unix.MS_BIND|unix.MS_REC, "")
}

func (s *site) copyTunables(root string) error {
	for _, name := range tunables() {
		original, own := filepath.Join(root, "proc/sys", name), s.path("sysctl/"+name)
		if err := os.MkdirAll(filepath.Dir(own), 0o755); err != nil {
			return err
		}
		if err := copyFile(original, own, 0o644); err != nil {
			return err
		}
		if err := mount(own, original, "", unix.MS_BIND, ""); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string, mode os.FileMode) error {
	raw, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, raw, mode)
}
