package odoo

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// errStale means that the server closed a kept connection before the request was
// written. Nothing was sent, so another connection can be used.
var errStale = errors.New("stale connection")

// checkedConn looks before each request whether the server has closed the
// connection while it was idle. Without the look a request on a closed connection
// and a request that the server took and never answered give the same error.
//
// Each request has a later deadline than the one before, and few ever reach it. To set
// one costs as much as a small write, so that a later one is set when the earlier is over.
type checkedConn struct {
	net.Conn
	idle        bool // the last thing was a read: the next write begins a request
	read, write deadline
}

// deadline of reads or writes.
type deadline struct{ set, wanted time.Time } // of the socket, of the request; zero: none

// want notes the deadline of a request. It reports whether the socket's has to be set now.
func (d *deadline) want(t time.Time) bool {
	d.wanted = t
	if !d.set.IsZero() && !t.Before(d.set) {
		return false
	}
	d.set = t
	return true
}

// isEarly reports whether an error came from a deadline that was over before the wanted one, which
// is then to be set.
func (d *deadline) isEarly(err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) || d.set.Equal(d.wanted) {
		return false
	}
	d.set = d.wanted
	return true
}

// SetReadDeadline implements net.Conn.
func (c *checkedConn) SetReadDeadline(t time.Time) error {
	if c.read.want(t) {
		return c.Conn.SetReadDeadline(t)
	}
	return nil
}

// SetWriteDeadline implements net.Conn.
func (c *checkedConn) SetWriteDeadline(t time.Time) error {
	if c.write.want(t) {
		return c.Conn.SetWriteDeadline(t)
	}
	return nil
}

// SetDeadline implements net.Conn.
func (c *checkedConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// Read reads from the connection.
func (c *checkedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	for err != nil && n == 0 && c.read.isEarly(err) {
		if err = c.Conn.SetReadDeadline(c.read.set); err == nil {
			n, err = c.Conn.Read(p)
		}
	}
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
	n, err := c.Conn.Write(p)
	for err != nil && c.write.isEarly(err) {
		var more int
		if err = c.Conn.SetWriteDeadline(c.write.set); err == nil {
			more, err = c.Conn.Write(p[n:])
			n += more
		}
	}
	return n, err
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
