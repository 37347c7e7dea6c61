package odoo

import (
	"errors"
	"net"
	"syscall"
)

// errStale means that the server closed a kept connection before the request was
// written. Nothing was sent, so another connection can be used.
var errStale = errors.New("stale connection")

// checkedConn looks before each request whether the server has closed the
// connection while it was idle. Without the look a request on a closed connection
// and a request that the server took and never answered give the same error.
type checkedConn struct {
	net.Conn
	idle bool // the last thing was a read: the next write begins a request
}

// Read reads from the connection.
func (c *checkedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.idle = true
	return n, err
}

// Write writes to the connection, unless it is closed already.
func (c *checkedConn) Write(p []byte) (int, error) {
	if c.idle {
		c.idle = false
		if closed(c.Conn) {
			return 0, errStale
		}
	}
	return c.Conn.Write(p)
}

// closed reports whether the socket has ended, without reading from it. Unrequested
// bytes are not an end: TLS servers send session tickets at any time.
func closed(conn net.Conn) bool {
	sys, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sys.SyscallConn()
	if err != nil {
		return true
	}
	gone := true
	err = raw.Read(func(fd uintptr) bool {
		var one [1]byte
		n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		gone = n <= 0 && !errors.Is(err, syscall.EAGAIN)
		return true
	})
	return err != nil || gone
}
