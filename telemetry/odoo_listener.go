package telemetry

import (
	"context"
	"fmt"
	"net"
	"strconv"
)

// listener reads Odoo's HTTP socket from outside. An Odoo in prefork mode speaks
// one request a connection, so that
//
//   - the accept queue of the listening socket holds the requests that wait for a
//     worker (the kernel's Recv-Q), and
//   - an accepted connection (it has an inode, a waiting one has none) is a
//     worker at work.
type listener struct {
	target Target
}

func newListener(t Target) *listener { return &listener{target: t} }

func listenerSeries() []Series {
	return []Series{
		{"odoo.listening", "ratio", higher, "1 when a process listens on Odoo's port, else 0"},
		{"odoo.queue.waiting", "count", lower, "requests that wait for a worker, in the accept queue"},
		{"odoo.workers.busy", "count", none, "connections being served: in prefork mode the HTTP workers at work"},
	}
}

func (p *listener) Name() string { return "odoo socket " + p.target.Component }
func (p *listener) Close() error { return nil }

func (p *listener) Read(context.Context) ([]Reading, error) {
	port, err := portOf(p.target.Address)
	if err != nil {
		return nil, err
	}
	all, err := sockets()
	if err != nil {
		return nil, err
	}
	g := &gather{component: p.target.Component}
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
	return g.readings, nil
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
