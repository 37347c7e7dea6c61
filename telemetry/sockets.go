package telemetry

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
)

// States of /proc/net/tcp (include/net/tcp_states.h).
const (
	tcpEstablished = 0x01
	tcpCloseWait   = 0x08
	tcpListen      = 0x0A
)

// socket is one line of /proc/net/tcp.
type socket struct {
	port   int // local
	state  int
	queued int // bytes received and not read; listening: connections not accepted
	inode  uint64
}

// sockets lists the listening and connected TCP sockets of this machine, of both
// families.
func sockets() ([]socket, error) {
	if all, err := diagSockets(); err == nil {
		return all, nil
	}
	return procSockets() // a kernel or container without sock_diag
}

func procSockets() ([]socket, error) {
	var all []socket
	for _, path := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		table, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) && path == "/proc/net/tcp6" {
			continue // a machine without IPv6
		}
		if err != nil {
			return nil, fmt.Errorf("read sockets: %w", err)
		}
		all = append(all, parseSockets(table)...)
	}
	return all, nil
}

// parseSockets reads lines like
//
//	0: 0100007F:94B5 00000000:0000 0A 00000000:00000006 00:00000000 00000000 102 0 31337 ...
func parseSockets(table []byte) []socket {
	var all []socket
	for line := range bytes.Lines(table) {
		f := bytes.Fields(line)
		if len(f) < 10 {
			continue
		}
		_, port, ok1 := bytes.Cut(f[1], []byte(":"))
		_, queued, ok2 := bytes.Cut(f[4], []byte(":"))
		if !ok1 || !ok2 {
			continue // the heading
		}
		p, err1 := strconv.ParseUint(string(port), 16, 16)
		state, err2 := strconv.ParseUint(string(f[3]), 16, 8)
		n, err3 := strconv.ParseUint(string(queued), 16, 31)
		inode, err4 := strconv.ParseUint(string(f[9]), 10, 64)
		if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
			continue
		}
		all = append(all, socket{port: int(p), state: int(state), queued: int(n), inode: inode})
	}
	return all
}
