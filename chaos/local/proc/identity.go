package proc

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// hertz is USER_HZ of Linux, in which /proc counts.
const hertz = 100

// Started is when the process started, by the wall clock.
func (p Process) Started() (time.Time, error) {
	raw, err := os.ReadFile("/proc/stat")
	if err != nil {
		return time.Time{}, fmt.Errorf("read the time of the boot: %w", err)
	}
	for line := range strings.Lines(string(raw)) {
		if text, ok := strings.CutPrefix(line, "btime "); ok {
			boot, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
			if err != nil {
				return time.Time{}, fmt.Errorf("read the time of the boot: %w", err)
			}
			return time.Unix(boot, 0).Add(time.Duration(p.Start) * time.Second / hertz), nil
		}
	}
	return time.Time{}, errors.New("read the time of the boot: /proc/stat has no btime")
}

// Programs are the names of the program that the process runs: that by which it was
// started, and that of its file, which may differ (redis-server is a link on Debian).
// Another user's process shows the first alone.
func (p Process) Programs() ([]string, error) {
	name, err := os.ReadFile(p.file("comm"))
	if err != nil {
		return nil, fmt.Errorf("read program of process %d: %w", p.PID, err)
	}
	names := []string{strings.TrimSpace(string(name))}
	if path, err := os.Readlink(p.file("exe")); err == nil {
		names = append(names, strings.TrimSuffix(filepath.Base(path), " (deleted)"))
	}
	return names, nil
}

// Unit is the service of systemd that the process belongs to, empty when there is none.
func (p Process) Unit() string {
	raw, err := os.ReadFile(p.file("cgroup"))
	if err != nil {
		return ""
	}
	unit := ""
	for line := range strings.Lines(string(raw)) { // hierarchy:controllers:path
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) == 3 && strings.HasSuffix(fields[2], ".service") {
			unit = filepath.Base(fields[2])
		}
	}
	return unit
}

// Listens reports whether the process or one of its descendants listens on a TCP port.
// It is not known for a process in a network of its own, whose ports may be mapped, nor
// where its sockets may not be read.
func (p Process) Listens(port int) (listens, known bool, err error) {
	ours, err1 := os.Readlink("/proc/self/ns/net")
	its, err2 := os.Readlink(p.file("ns/net"))
	if err1 != nil || err2 != nil || ours != its {
		return false, false, nil //nolint:nilerr // not known
	}
	sockets, err := listening(port)
	if err != nil {
		return false, false, err
	}
	under, err := Descendants(p.PID)
	if err != nil {
		return false, false, err
	}
	for _, each := range append([]Process{p}, under...) {
		has, err := each.has(sockets)
		if errors.Is(err, fs.ErrPermission) {
			return false, false, nil
		}
		if has {
			return true, true, nil
		}
	}
	return false, true, nil
}

// has reports whether the process has one of the sockets open.
func (p Process) has(sockets map[string]bool) (bool, error) {
	entries, err := os.ReadDir(p.file("fd"))
	if err != nil {
		return false, err
	}
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(p.file("fd"), e.Name()))
		if err == nil && sockets[target] {
			return true, nil
		}
	}
	return false, nil
}

// listening finds the sockets that listen on a port (proc_pid_net(5)).
func listening(port int) (map[string]bool, error) {
	const stateListen = "0A"
	found := map[string]bool{}
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		raw, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read sockets: %w", err)
		}
		for line := range bytes.Lines(raw) {
			fields := strings.Fields(string(line))
			if len(fields) < 10 || fields[3] != stateListen {
				continue
			}
			_, hexPort, _ := strings.Cut(fields[1], ":")
			number, err := hex.DecodeString(hexPort)
			if err == nil && len(number) == 2 && int(number[0])<<8|int(number[1]) == port {
				found["socket:["+fields[9]+"]"] = true
			}
		}
	}
	return found, nil
}

func (p Process) file(name string) string { return filepath.Join("/proc", strconv.Itoa(p.PID), name) }
