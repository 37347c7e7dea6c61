// Package probe measures whether a component answers, with the smallest request that
// needs neither work nor credentials.
//
//  1. [Ping] sends one request to an address and returns the time to the answer.
//  2. [Refused], [Broken] and [Silent] classify its error.
//  3. [Measure] compares round trips through a proxy with round trips past it.
//
// An example, the proof of a delay:
//
//	d, err := probe.Measure(ctx, results.KindRedis, proxy, probe.Limit)
//	shown := d.Extra() >= 40*time.Millisecond
package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"example.org/odooharness/results"
)

// Limit bounds one exchange: what answers later than this counts as silent.
const Limit = time.Second

// Ping sends the smallest request that a component of the kind answers without
// work or credentials, and returns the time from the dial to the first byte of
// the answer.
//
//	postgres   SSLRequest, answered S or N before any authentication
//	redis      PING, answered +PONG or -NOAUTH
//	others     a line that is no HTTP request, answered 400 without reaching the
//	           application; Traefik waits for more than the 14 bytes in which HTTP/2 says
//	           what it is
func Ping(ctx context.Context, kind results.Kind, address string, limit time.Duration) (time.Duration, error) {
	request := []byte("PROBE PROBE PROBE\r\n\r\n")
	switch kind {
	case results.KindPostgres:
		request = []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}
	case results.KindRedis:
		request = []byte("PING\r\n")
	}
	start := time.Now()
	answer, err := Exchange(ctx, address, request, limit, func(got []byte) bool { return len(got) > 0 })
	if err != nil {
		return 0, err
	}
	if kind == results.KindRedis && bytes.HasPrefix(answer, []byte("-LOADING")) {
		return 0, errors.New("redis is loading its data set")
	}
	return time.Since(start), nil
}

// Exchange sends the request on a connection of its own and reads until enough
// returns true.
func Exchange(
	ctx context.Context, address string, request []byte, limit time.Duration, enough func([]byte) bool,
) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if _, err := conn.Write(request); err != nil {
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

// Refused reports whether the error is a refused connection.
func Refused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// Broken reports whether the peer ended the connection.
func Broken(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF)
}

// Silent reports whether nothing came within the limit.
func Silent(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout())
}

// Detour is how much longer a round trip takes through the proxy than past it.
type Detour struct{ Through, Past time.Duration }

// Extra is what the proxy adds.
func (d Detour) Extra() time.Duration { return max(0, d.Through-d.Past) }

func (d Detour) String() string {
	return fmt.Sprintf("round trip %.1f ms through the proxy, %.1f ms past it", Millis(d.Through), Millis(d.Past))
}

// proxy has two addresses: what clients use, and that of the component itself.
type proxy interface {
	Address() string
	Upstream() string
}

// Measure takes the fastest of three round trips each way: a busy machine
// only ever adds to one.
func Measure(ctx context.Context, kind results.Kind, through proxy, limit time.Duration) (Detour, error) {
	fastest := Detour{Through: limit, Past: limit}
	for range 3 {
		past, err := Ping(ctx, kind, through.Upstream(), limit)
		if err != nil {
			return Detour{}, fmt.Errorf("past the proxy: %w", err)
		}
		took, err := Ping(ctx, kind, through.Address(), limit)
		if err != nil {
			return Detour{}, fmt.Errorf("through the proxy: %w", err)
		}
		fastest.Through = min(fastest.Through, took)
		fastest.Past = min(fastest.Past, past)
	}
	return fastest, nil
}

// Millis is a duration in milliseconds.
func Millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
