package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"
)

// pingLimit bounds one exchange: what answers later than this counts as silent.
const pingLimit = time.Second

// ping sends the smallest question that a component of the kind answers without
// work or credentials, and returns the time from the dial to the first byte of
// the answer.
//
//	postgres   SSLRequest, answered S or N before any authentication
//	redis      PING, answered +PONG or -NOAUTH
//	others     a line that is no HTTP request, answered 400 without reaching the
//	           application
func ping(ctx context.Context, kind, address string, limit time.Duration) (time.Duration, error) {
	question := []byte("PROBE\r\n\r\n")
	switch kind {
	case "postgres":
		question = []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}
	case "redis":
		question = []byte("PING\r\n")
	}
	start := time.Now()
	answer, err := exchange(ctx, address, question, limit, func(got []byte) bool { return len(got) > 0 })
	if err != nil {
		return 0, err
	}
	if kind == "redis" && bytes.HasPrefix(answer, []byte("-LOADING")) {
		return 0, errors.New("redis is loading its data set")
	}
	return time.Since(start), nil
}

// exchange sends the question on a connection of its own and reads until enough
// says so.
func exchange(
	ctx context.Context, address string, question []byte, limit time.Duration, enough func([]byte) bool,
) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	defer conn.Close() //nolint:errcheck // a probe's connection
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := conn.Write(question); err != nil {
		return nil, fmt.Errorf("send: %w", err)
	}
	var got []byte
	buffer := make([]byte, 32<<10)
	for !enough(got) {
		n, err := conn.Read(buffer)
		got = append(got, buffer[:n]...)
		if err != nil && (!errors.Is(err, io.EOF) || !enough(got)) {
			return got, fmt.Errorf("wait for an answer: %w", err)
		}
	}
	return got, nil
}

// refused reports whether the error is a refused connection.
func refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// broken reports whether the peer ended the connection.
func broken(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF)
}

// silent reports whether nothing came within the limit.
func silent(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout())
}

// detour is how much longer a round trip takes through the proxy than past it.
type detour struct{ through, past time.Duration }

func (d detour) extra() time.Duration { return max(0, d.through-d.past) }

func (d detour) String() string {
	return fmt.Sprintf("round trip %.1f ms through the proxy, %.1f ms past it", millis(d.through), millis(d.past))
}

// measureDetour takes the fastest of three round trips each way: a busy machine
// only ever adds to one.
func measureDetour(ctx context.Context, kind string, proxy Proxy, limit time.Duration) (detour, error) {
	fastest := detour{through: limit, past: limit}
	for range 3 {
		past, err := ping(ctx, kind, proxy.Upstream(), limit)
		if err != nil {
			return detour{}, fmt.Errorf("past the proxy: %w", err)
		}
		through, err := ping(ctx, kind, proxy.Address(), limit)
		if err != nil {
			return detour{}, fmt.Errorf("through the proxy: %w", err)
		}
		fastest.through = min(fastest.through, through)
		fastest.past = min(fastest.past, past)
	}
	return fastest, nil
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
