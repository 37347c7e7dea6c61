package odoo

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// countingConn counts the deadlines of a socket.
type countingConn struct {
	net.Conn
	reads, writes int
}

func (c *countingConn) SetReadDeadline(t time.Time) error {
	c.reads++
	return c.Conn.SetReadDeadline(t)
}

func (c *countingConn) SetWriteDeadline(t time.Time) error {
	c.writes++
	return c.Conn.SetWriteDeadline(t)
}

// A later deadline costs nothing until the earlier one is over, and ends a request at its own
// time to the nanosecond.
func TestLaterDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		socket := &countingConn{Conn: near}
		c := &checkedConn{Conn: socket}
		defer c.Close()
		begin := time.Now()
		read := func(deadline time.Duration) (time.Duration, error) {
			if err := c.SetReadDeadline(begin.Add(deadline)); err != nil {
				t.Fatal(err)
			}
			_, err := c.Read(make([]byte, 8))
			return time.Since(begin), err
		}
		answer := func(after time.Duration) {
			time.AfterFunc(after, func() { _, _ = far.Write([]byte("answer")) }) // an error shows in the read
		}
		for _, tt := range []struct {
			name             string
			answer, deadline time.Duration // since the begin; 0: no answer
			at               time.Duration // when the read ends
			sets             int           // deadlines of the socket so far
			late             bool
		}{
			{"the first", 200 * time.Millisecond, 3 * time.Second, 200 * time.Millisecond, 1, false},
			{"a later one", 400 * time.Millisecond, 4 * time.Second, 400 * time.Millisecond, 1, false},
			{"an answer after the earlier one", 3500 * time.Millisecond, 5 * time.Second, 3500 * time.Millisecond, 2, false},
			{"no answer", 0, 6 * time.Second, 6 * time.Second, 3, true},
			{"an earlier one than before", 0, 5500 * time.Millisecond, 6 * time.Second, 4, true},
		} {
			if tt.answer > 0 {
				answer(tt.answer - time.Since(begin))
			}
			at, err := read(tt.deadline)
			if at != tt.at || errors.Is(err, os.ErrDeadlineExceeded) != tt.late || socket.reads != tt.sets {
				t.Errorf("%s: ended at %v with %v after %d deadlines, want %v, late %v, %d", tt.name, at, err, socket.reads,
					tt.at, tt.late, tt.sets)
			}
		}
	})
}

// Nobody reads: a write ends at its own deadline, also when the socket's was earlier.
func TestLaterDeadlineOfAWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer far.Close()
		socket := &countingConn{Conn: near}
		c := &checkedConn{Conn: socket}
		defer c.Close()
		begin := time.Now()
		for _, deadline := range []time.Duration{time.Second, 2 * time.Second} {
			if err := c.SetWriteDeadline(begin.Add(deadline)); err != nil {
				t.Fatal(err)
			}
		}
		n, err := c.Write([]byte("request"))
		if at := time.Since(begin); n != 0 || at != 2*time.Second || !errors.Is(err, os.ErrDeadlineExceeded) || socket.writes != 2 {
			t.Errorf("%d bytes written at %v with %v after %d deadlines, want 0 at 2s, a late one, 2", n, at, err, socket.writes)
		}
	})
}
