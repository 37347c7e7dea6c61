package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"example.org/odooharness/results"
)

// listeners reads the HTTP sockets of all Odoos from outside, in one pass over the
// machine's sockets. An Odoo in prefork mode serves one request per connection, so
//
//   - the accept queue of the listening socket holds the requests that wait for a
//     worker (the kernel's Recv-Q), and
//   - an accepted connection (it has an inode, a waiting one has none) is a busy
//     worker.
type listeners struct {
	targets []Target
}

// newListeners watches the Odoos among the targets.
func newListeners(targets []Target) *listeners {
	p := &listeners{}
	for _, t := range targets {
		if t.Kind == results.KindOdoo && t.Address != "" {
			p.targets = append(p.targets, t)
		}
	}
	return p
}

func listenerSeries() []Series {
	return []Series{
		{"odoo.listening", "ratio", higher, "1 when a process listens on Odoo's port, else 0"},
		{"odoo.queue.waiting", "count", lower, "requests that wait for a worker, in the accept queue"},
		{"odoo.workers.busy", "count", none, "connections being served: in prefork mode the HTTP workers at work"},
	}
}

func (p *listeners) Name() string { return "odoo sockets" }
func (p *listeners) Close() error { return nil }

func (p *listeners) Read(context.Context) ([]Reading, error) {
	all, err := sockets()
	if err != nil {
		return nil, err
	}
	var readings []Reading
	var problems []error
	for _, t := range p.targets {
		port, err := portOf(t.Address)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		readings = append(readings, ofPort(t.Component, port, all)...)
	}
	return readings, errors.Join(problems...)
}

// ofPort counts the sockets of one port.
func ofPort(component string, port int, all []socket) []Reading {
	g := &gather{component: component}
	var listening, waiting, busy int
	for _, s := range all {
		if s.port != port {
			continue
		}
		switch {
		case s.state == tcpListen:
			listening = 1
			waiting += s.queued
		case (s.state == tcpEstablished || s.state == tcpCloseWait) && s.inode != 0:
			busy++
		}
	}
	g.add("odoo.listening", float64(listening))
	g.add("odoo.queue.waiting", float64(waiting))
	g.add("odoo.workers.busy", float64(busy))
	return g.readings
}

func portOf(address string) (int, error) {
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return 0, fmt.Errorf("address %q: %w", address, err)
	}
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return 0, fmt.Errorf("address %q has no port number", address)
	}
	return port, nil
}
