package telemetry

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// listenerOf finds a process that listens on the port, 0 when there is none.
func listenerOf(port int) (int, error) {
	inodes, err := listening()
	if err != nil {
		return 0, err
	}
	wanted := false
	for _, p := range inodes {
		wanted = wanted || p == port
	}
	if !wanted {
		return 0, nil // no process listens: do not search every process for it
	}
	dirs, err := filepath.Glob("/proc/[0-9]*/fd")
	if err != nil {
		return 0, fmt.Errorf("look for the listener of port %d: %w", port, err)
	}
	for _, dir := range dirs {
		for _, inode := range socketInodes(dir) {
			if inodes[inode] == port {
				return strconv.Atoi(filepath.Base(filepath.Dir(dir)))
			}
		}
	}
	return 0, errors.New("a process of another user listens on port " + strconv.Itoa(port))
}

// listening maps the inodes of listening sockets to their ports.
func listening() (map[uint64]int, error) {
	all, err := sockets()
	if err != nil {
		return nil, err
	}
	inodes := map[uint64]int{}
	for _, s := range all {
		if s.state == tcpListen {
			inodes[s.inode] = s.port
		}
	}
	return inodes, nil
}

// socketsOf lists the ports on which a process listens.
func socketsOf(pid int) []int {
	inodes, err := listening()
	if err != nil {
		return nil
	}
	var ports []int
	for _, inode := range socketInodes("/proc/" + strconv.Itoa(pid) + "/fd") {
		if port, ok := inodes[inode]; ok {
			ports = append(ports, port)
		}
	}
	return ports
}

// socketInodes reads links like "socket:[31337]".
func socketInodes(fds string) []uint64 {
	entries, err := os.ReadDir(fds)
	if err != nil {
		return nil // it ended, or is another user's
	}
	var inodes []uint64
	for _, e := range entries {
		link, err := os.Readlink(filepath.Join(fds, e.Name()))
		if err != nil {
			continue
		}
		text, ok := strings.CutPrefix(link, "socket:[")
		if !ok {
			continue
		}
		if inode, err := strconv.ParseUint(strings.TrimSuffix(text, "]"), 10, 64); err == nil {
			inodes = append(inodes, inode)
		}
	}
	return inodes
}
