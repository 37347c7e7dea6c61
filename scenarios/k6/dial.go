package k6

import (
	"context"
	"errors"
	"net"
	"syscall"

	"go.k6.io/k6/lib"
	"go.k6.io/k6/lib/netext"

	"example.org/odooharness/odoo"
)

// dialer opens connections as k6 does, so that its options hosts, blacklistIPs and
// dns hold and data_sent counts.
func dialer(d lib.DialContexter) odoo.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, address)
		if counting, ok := conn.(*netext.Conn); ok && err == nil {
			return socket{counting}, nil
		}
		return conn, err
	}
}

// socket gives a counting connection back its file descriptor, which the client
// peeks into before it sends on a kept connection.
type socket struct{ *netext.Conn }

// SyscallConn implements syscall.Conn.
func (s socket) SyscallConn() (syscall.RawConn, error) {
	conn, ok := s.Conn.Conn.(syscall.Conn)
	if !ok {
		return nil, errors.New("connection without a file descriptor")
	}
	return conn.SyscallConn()
}
