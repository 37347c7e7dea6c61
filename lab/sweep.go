package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.org/odooharness/lab/proctree"
)

// sweepLimit bounds the removal of one lab's leftovers.
const sweepLimit = 20 * time.Second

// Sweep removes what labs left whose supervisor was killed: processes, cgroups,
// folders. Labs whose run has ended without taking them down are taken down. Other labs that are
// up stay as they are. It returns what it removed.
func Sweep(dir string) (removed []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list labs: %w", err)
	}
	var problems []error
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		lines, err := SweepOne(filepath.Join(dir, e.Name()))
		removed = append(removed, lines...)
		problems = append(problems, err)
	}
	return removed, errors.Join(problems...)
}

// Ended names the labs whose supervisor has ended without taking them down: what [Sweep]
// would remove.
func Ended(dir string) ([]string, error) {
	records, err := filepath.Glob(filepath.Join(dir, "*", "record.json"))
	if err != nil {
		return nil, fmt.Errorf("list labs: %w", err)
	}
	var names []string
	for _, path := range records {
		state := filepath.Dir(path)
		record, err := ReadRecord(state)
		if err == nil && !alive(record.Supervisor) {
			names = append(names, filepath.Base(state))
		}
	}
	return names, nil
}

// SweepOne is [Sweep] for the lab with this state folder.
func SweepOne(state string) ([]string, error) {
	record, err := ReadRecord(state)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !alive(record.Supervisor) {
		return sweepOne(state)
	}
	spec, err := ReadSpec(state)
	if err != nil || !spec.Orphaned() {
		return nil, err
	}
	if err := Down(context.Background(), filepath.Dir(state), filepath.Base(state)); err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("lab %s: it was up for process %d, which has ended", spec.Name, spec.Owner.PID)}, nil
}

// sweepOne frees what the record names. The record goes last: a sweep that is
// interrupted can be repeated.
func sweepOne(state string) (removed []string, err error) {
	record, err := ReadRecord(state)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), sweepLimit)
	defer cancel()
	name := filepath.Base(state)
	ids := slices.Concat(record.Processes, members(record.Cgroups))
	killed, err := proctree.Kill(ctx, ids)
	for _, id := range killed {
		removed = append(removed, fmt.Sprintf("lab %s: process %s (%d)", name, id.Name, id.PID))
	}
	if err != nil {
		return removed, fmt.Errorf("sweep lab %s: %w", name, err)
	}
	var problems []error
	for _, cgroup := range record.Cgroups {
		err := removeCgroup(ctx, cgroup)
		problems = append(problems, err)
	}
	mounts, err := Unmount(state)
	problems = append(problems, err)
	for _, path := range mounts {
		removed = append(removed, fmt.Sprintf("lab %s: mount %s", name, path))
	}
	for _, folder := range append(record.Folders, belongings(state)...) {
		if _, err := os.Stat(folder); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := os.RemoveAll(folder); err != nil {
			problems = append(problems, fmt.Errorf("sweep lab %s: %w", name, err))
			continue
		}
		removed = append(removed, fmt.Sprintf("lab %s: %s", name, folder))
	}
	if err := errors.Join(problems...); err != nil {
		return removed, err
	}
	return removed, os.Remove(recordFile(state))
}

// belongings is everything in a state folder but the logs, for which a person may
// look after the lab is down, and the record.
func belongings(state string) []string {
	entries, err := os.ReadDir(state)
	if err != nil {
		return nil
	}
	var all []string
	for _, e := range entries {
		if e.Name() == "logs" || e.Name() == "record.json" || strings.HasSuffix(e.Name(), ".log") {
			continue
		}
		all = append(all, filepath.Join(state, e.Name()))
	}
	return all
}

// members are the processes in the cgroups.
func members(cgroups []string) []proctree.Identity {
	var all []proctree.Identity
	for _, dir := range cgroups {
		raw, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
		if err != nil {
			continue // it was removed, with its processes
		}
		for _, field := range strings.Fields(string(raw)) {
			pid, err := strconv.Atoi(field)
			if err != nil {
				continue
			}
			if id, err := proctree.Of(pid); err == nil {
				all = append(all, id)
			}
		}
	}
	return all
}

// removeCgroup removes an empty cgroup; the kernel takes a moment to see that the
// last process has left.
func removeCgroup(ctx context.Context, dir string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := os.Remove(dir)
		if err == nil || errors.Is(err, os.ErrNotExist) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("remove cgroup: %w", err)
		case <-tick.C:
		}
	}
}
