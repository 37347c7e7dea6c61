// Package ports hands out loopback ports on which nobody listens, and reserves them:
//
//	address, err := ports.Take(ctx) // such as 127.0.0.1:14562
//
// The server that is to listen there starts later, and may restart. Until then, the port
// must stay free:
//
//   - Ports lie below the range that the kernel takes for outgoing connections. A server
//     that a fault holds down would otherwise find its port taken by some client.
//   - The process keeps a datagram socket of the same number until it ends. Other processes
//     that take ports in this way skip the number.
package ports

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// first is the lowest port that is handed out.
const first = 12000

// Take returns a free address and reserves it until the process ends. It begins at a port
// that differs between processes, so that they seldom try the same ones.
func Take(ctx context.Context) (string, error) {
	end := outgoing()
	var config net.ListenConfig
	for i := range end - first {
		port := first + (os.Getpid()*97+i)%(end-first)
		address := fmt.Sprintf("127.0.0.1:%d", port)
		held, err := reserve(port)
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("reserve port %d: %w", port, err)
		}
		l, err := config.Listen(ctx, "tcp", address)
		if err == nil {
			return address, l.Close()
		}
		if err := syscall.Close(held); err != nil {
			return "", fmt.Errorf("release port %d: %w", port, err)
		}
	}
	return "", errors.New("take a port: none is free")
}

// Number is [Take] for a program that wants the number of the port.
func Number(ctx context.Context) (int, error) {
	address, err := Take(ctx)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(address[strings.LastIndexByte(address, ':')+1:])
}

// outgoing is the lowest port that the kernel takes for outgoing connections.
func outgoing() int {
	const usual = 32768
	if raw, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range"); err == nil {
		if f := strings.Fields(string(raw)); len(f) == 2 {
			if low, err := strconv.Atoi(f[0]); err == nil && low > first+2000 {
				return min(low, usual)
			}
		}
	}
	return usual
}

// reserve binds a datagram socket. It is no net.PacketConn, which the garbage collector
// closes.
func reserve(port int) (fd int, err error) {
	fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, errors.Join(err, syscall.Close(fd))
	}
	return fd, nil
}
