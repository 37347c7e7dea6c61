package lab

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Unmount takes down every file system that is mounted below a lab's state folder,
// the innermost first. It reads the kernel's list, not a record: a supervisor that
// was killed between a mount and its note leaves one too.
func Unmount(state string) (paths []string, err error) {
	raw, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("list mounts: %w", err)
	}
	var problems []error
	for _, path := range mountsBelow(string(raw), state) {
		// Detached: it leaves the tree now, and freed with its last user.
		if err := syscall.Unmount(path, syscall.MNT_DETACH); err != nil {
			problems = append(problems, fmt.Errorf("unmount %s: %w", path, err))
			continue
		}
		paths = append(paths, path)
	}
	return paths, errors.Join(problems...)
}

// mountsBelow picks the mount points below a folder from mountinfo(5), which lists
// them in the order of mounting and writes blanks as octal.
func mountsBelow(mountinfo, dir string) []string {
	var all []string
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		path, err := strconv.Unquote(`"` + strings.ReplaceAll(fields[4], `"`, `\"`) + `"`)
		if err == nil && strings.HasPrefix(path, dir+"/") {
			all = append(all, path)
		}
	}
	slices.Reverse(all)
	return all
}
