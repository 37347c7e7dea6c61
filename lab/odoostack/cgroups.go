package odoostack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cfsPeriod is the scheduling period of a group, the kernel's default.
const cfsPeriod = 100 * time.Millisecond

// cgroupRoot is where the controller for CPU time is mounted and of which kind.
type cgroupRoot struct {
	dir     string
	version int // 1 or 2
}

// findCgroups looks for a mounted controller: v1's cpu hierarchy, or a v2
// hierarchy that hands the cpu controller down.
func findCgroups(mounts string, readFile func(string) ([]byte, error)) (cgroupRoot, error) {
	var unified string
	for line := range strings.Lines(mounts) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		dir, kind, options := f[1], f[2], strings.Split(f[3], ",")
		if kind == "cgroup" {
			for _, o := range options {
				if o == "cpu" {
					return cgroupRoot{dir: dir, version: 1}, nil
				}
			}
		}
		if kind == "cgroup2" {
			unified = dir
		}
	}
	if unified == "" {
		return cgroupRoot{}, errors.New("no cgroup hierarchy is mounted")
	}
	raw, err := readFile(filepath.Join(unified, "cgroup.controllers"))
	if err != nil {
		return cgroupRoot{}, err
	}
	for _, c := range strings.Fields(string(raw)) {
		if c == "cpu" {
			return cgroupRoot{dir: unified, version: 2}, nil
		}
	}
	return cgroupRoot{}, errors.New("the cpu controller is neither in a v1 nor in the v2 hierarchy")
}

// limit is the file that holds a group's share, the text that gives it so many
// cores, and the text that takes the limit off.
func (c cgroupRoot) limit(cores float64) (file, text, off string) {
	period := cfsPeriod.Microseconds()
	quota := int64(math.Round(cores * float64(period)))
	quota = max(quota, 1000) // the kernel refuses less than a millisecond
	if c.version == 1 {
		return "cpu.cfs_quota_us", strconv.FormatInt(quota, 10), "-1"
	}
	return "cpu.max", fmt.Sprintf("%d %d", quota, period), fmt.Sprintf("max %d", period)
}

// cgroup is the group of one stack.
type cgroup struct {
	dir  string
	file string // of the limit
	text string // the limit
}

// newCgroup makes a group of its own for a stack and shows that it can be
// limited. The limit is off until [cgroup.enforce]: what a stack may use under
// test should not make it start slowly. A group that an earlier lab of the same
// name left is taken over.
func (c cgroupRoot) newCgroup(name string, cores float64) (*cgroup, error) {
	file, text, off := c.limit(cores)
	g := &cgroup{dir: filepath.Join(c.dir, name), file: file, text: text}
	if c.version == 2 {
		// Controllers must be handed down before a child can use them.
		control := filepath.Join(c.dir, "cgroup.subtree_control")
		if err := os.WriteFile(control, []byte("+cpu"), 0o644); err != nil { // a kernel file
			return nil, fmt.Errorf("hand the cpu controller down: %w", err)
		}
	}
	if err := os.Mkdir(g.dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make a cgroup: %w", err)
	}
	if err := errors.Join(g.set(text), g.set(off)); err != nil {
		return nil, errors.Join(err, os.Remove(g.dir))
	}
	return g, nil
}

// enforce puts the limit on. Doing it again changes nothing.
func (g *cgroup) enforce() error { return g.set(g.text) }

func (g *cgroup) set(text string) error {
	path := filepath.Join(g.dir, g.file)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil { // a kernel file
		return fmt.Errorf("limit a cgroup: %w", err)
	}
	return nil
}

// remove removes the group once its last process has ended. The kernel may see that
// a moment after the process was waited for.
func (g *cgroup) remove(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := os.Remove(g.dir)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if !errors.Is(err, syscall.EBUSY) {
			return fmt.Errorf("remove a cgroup: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("remove the cgroup %s: processes are still in it: %w", g.dir, err)
		case <-tick.C:
		}
	}
}
