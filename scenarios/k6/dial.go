package k6

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"syscall"
	"time"

	"go.k6.io/k6/lib"
	"go.k6.io/k6/lib/netext"
	"go.k6.io/k6/lib/types"

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

// dialerOf opens connections by the script's options, before a virtual user with its own
// dialer exists.
func dialerOf(options lib.Options) odoo.DialFunc {
	d := netext.NewDialer(net.Dialer{Timeout: dialLimit}, netext.NewResolver(net.LookupIP, 0, types.DNSfirst, types.DNSpreferIPv4))
	d.Hosts = options.Hosts.Trie
	return dialer(d)
}

// dialLimit bounds the opening of a connection.
const dialLimit = 10 * time.Second

// tlsOf returns the verification of servers by the script's options.
func tlsOf(options lib.Options) *tls.Config {
	if !options.InsecureSkipTLSVerify.Bool && len(options.TLSAuth) == 0 {
		return nil
	}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12, InsecureSkipVerify: options.InsecureSkipTLSVerify.Bool, // the script's word
	}
	for _, auth := range options.TLSAuth {
		if certificate, err := auth.Certificate(); err == nil { // k6 has refused what cannot be read
			config.Certificates = append(config.Certificates, *certificate)
		}
	}
	return config
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
