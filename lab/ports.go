package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// Ports hands out loopback ports on which nobody listens.
//
// They lie below the range that the kernel takes for outgoing connections: a
// server that a fault holds down would otherwise find its port taken by some
// client's connection when it comes back.
type Ports struct {
	next, end int
}

// NewPorts begins at a port that differs between supervisors, so that labs that
// start together seldom try the same ones.
func NewPorts(salt int) *Ports {
	const first = 12000
	end := 32768
	if raw, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		if f := strings.Fields(string(raw)); len(f) == 2 {
			if low, err := strconv.Atoi(f[0]); err == nil && low > first+2000 {
				end = min(low, end)
			}
		}
	}
	return &Ports{next: first + salt*97%(end-first-1000), end: end}
}

// Take returns the next free address.
func (p *Ports) Take(ctx context.Context) (string, error) {
	var config net.ListenConfig
	for ; p.next < p.end; p.next++ {
		address := fmt.Sprintf("127.0.0.1:%d", p.next)
		l, err := config.Listen(ctx, "tcp", address)
		if err != nil {
			continue
		}
		p.next++
		return address, l.Close()
	}
	return "", errors.New("take a port: none is free")
}
