package odoostack

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// ports hands out loopback ports that stay free although nothing listens yet.
type ports struct {
	next, end int
}

// newPorts begins at a port that differs between supervisors, so that labs that
// start together seldom try the same ones.
//
// The ports lie below the range that the kernel takes for outgoing connections:
// a server that a fault holds down would otherwise find its port taken by some
// client's connection when it comes back.
func newPorts(salt int) *ports {
	const first = 12000
	end := 32768
	if raw, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		if f := strings.Fields(string(raw)); len(f) == 2 {
			if low, err := strconv.Atoi(f[0]); err == nil && low > first+2000 {
				end = min(low, end)
			}
		}
	}
	return &ports{next: first + salt*97%(end-first-1000), end: end}
}

// take returns the next port on which nobody listens.
func (p *ports) take() (int, error) {
	for ; p.next < p.end; p.next++ {
		l, err := net.Listen("tcp", loopback(p.next)) //nolint:noctx // a local bind does not wait
		if err != nil {
			continue
		}
		port := p.next
		p.next++
		return port, l.Close()
	}
	return 0, errors.New("taking a port: none is free")
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }
