package server

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// slots are the workers of the process.
type slots struct {
	free chan struct{} // a token a free worker
}

func newSlots(n int) *slots {
	s := &slots{free: make(chan struct{}, n)}
	for range n {
		s.free <- struct{}{}
	}
	return s
}

// hold takes up to n further workers, as far as they become free within the wait,
// and returns what gives them back. It is the weakness neighbour-starvation.
func (s *slots) hold(ctx context.Context, n int, wait time.Duration) (release func()) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	taken := 0
	for taken < n {
		select {
		case <-s.free:
			taken++
			continue
		case <-timer.C:
		case <-ctx.Done():
		}
		break
	}
	return func() {
		for range taken {
			s.free <- struct{}{}
		}
	}
}

// workerListener accepts a connection only when a worker is free. What waits,
// waits in the kernel's queue of the socket, where a probe can read its length
// (rx_queue in /proc/net/tcp), as with Odoo.
type workerListener struct {
	net.Listener
	slots *slots
}

// Accept waits for a worker, then for a connection.
func (l *workerListener) Accept() (net.Conn, error) {
	<-l.slots.free
	conn, err := l.Listener.Accept()
	if err != nil {
		l.slots.free <- struct{}{}
		return nil, err
	}
	return &workerConn{Conn: conn, slots: l.slots}, nil
}

// workerConn gives its worker back when it is closed.
type workerConn struct {
	net.Conn
	slots *slots
	once  sync.Once
}

// Close closes the connection and frees the worker.
func (c *workerConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { c.slots.free <- struct{}{} })
	return err
}

// listenWorkers listens with a backlog of its own, which package net has no
// option for.
func listenWorkers(address string, s *slots, backlog int) (net.Listener, error) {
	tcp, err := net.ResolveTCPAddr("tcp4", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the embedded target: %w", err)
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("listen for the embedded target: %w", err)
	}
	file := os.NewFile(uintptr(fd), "embedded target")
	defer file.Close() // FileListener has its own copy
	at := &syscall.SockaddrInet4{Port: tcp.Port}
	copy(at.Addr[:], tcp.IP.To4())
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		return nil, fmt.Errorf("listen for the embedded target: %w", err)
	}
	if err := syscall.Bind(fd, at); err != nil {
		return nil, fmt.Errorf("listen for the embedded target on %s: %w", address, err)
	}
	if err := syscall.Listen(fd, backlog); err != nil {
		return nil, fmt.Errorf("listen for the embedded target on %s: %w", address, err)
	}
	l, err := net.FileListener(file)
	if err != nil {
		return nil, fmt.Errorf("listen for the embedded target on %s: %w", address, err)
	}
	return &workerListener{Listener: l, slots: s}, nil
}

// starve takes half of the workers besides the call's own, for as long as they
// come free within a second: the weakness neighbour-starvation, as a heavy call
// does that calls its own server back.
func (s *server) starve(ctx context.Context) (release func()) {
	return s.slots.hold(ctx, max(1, s.config.Workers/2), time.Second)
}
