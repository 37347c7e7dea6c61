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

// cfsPeriod is how often a group gets its share anew, the kernel's default.
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

// limit is the file and the text that give a group so many cores.
func (c cgroupRoot) limit(cores float64) (file, text string) {
	quota := int64(math.Round(cores * float64(cfsPeriod.Microseconds())))
	quota = max(quota, 1000) // the kernel refuses less than a millisecond
	if c.version == 1 {
		return "cpu.cfs_quota_us", strconv.FormatInt(quota, 10)
	}
	return "cpu.max", fmt.Sprintf("%d %d", quota, cfsPeriod.Microseconds())
}

// cgroup is the group of one stack.
type cgroup struct {
	dir string
}

// newCgroup makes a group of its own for a stack and limits it. What an earlier
// lab of the same name left is taken over when it is empty.
func (c cgroupRoot) newCgroup(name string, cores float64) (*cgroup, error) {
	g := &cgroup{dir: filepath.Join(c.dir, name)}
	if c.version == 2 {
		// Controllers must be handed down before a child can use them.
		control := filepath.Join(c.dir, "cgroup.subtree_control")
		if err := os.WriteFile(control, []byte("+cpu"), 0o644); err != nil { //nolint:gosec // a kernel file
			return nil, fmt.Errorf("handing the cpu controller down: %w", err)
		}
	}
	if err := os.Mkdir(g.dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("making a cgroup: %w", err)
	}
	file, text := c.limit(cores)
	if err := os.WriteFile(filepath.Join(g.dir, file), []byte(text), 0o644); err != nil { //nolint:gosec // as above
		return nil, errors.Join(fmt.Errorf("limiting a cgroup: %w", err), os.Remove(g.dir))
	}
	return g, nil
}

// remove takes the group away once its last process is gone, which the kernel
// may learn a moment after the process was waited for.
func (g *cgroup) remove(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := os.Remove(g.dir)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if !errors.Is(err, syscall.EBUSY) {
			return fmt.Errorf("removing a cgroup: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("removing the cgroup %s: processes are still in it: %w", g.dir, err)
		case <-tick.C:
		}
	}
}
