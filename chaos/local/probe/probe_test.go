package probe

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/internal/ports"
	"example.org/odooharness/results"
)

// serve answers each connection with a function, and returns the address.
func serve(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				answer(conn)
			}()
		}
	}()
	return listener.Addr().String()
}

// replies reads a request of a known length, and sends an answer.
func replies(request int, answer string) func(net.Conn) {
	return func(conn net.Conn) {
		if _, err := io.ReadFull(conn, make([]byte, request)); err == nil {
			_, _ = io.WriteString(conn, answer) // the client may have left
		}
	}
}

// Each kind is sent a request that it answers without work or credentials.
func TestPingSendsTheRequestOfTheKind(t *testing.T) {
	for kind, want := range map[results.Kind]string{
		results.KindPostgres: "\x00\x00\x00\x08\x04\xd2\x16\x2f", // SSLRequest, PostgreSQL's protocol 3.0
		results.KindRedis:    "PING\r\n",
		results.KindOdoo:     "PROBE PROBE PROBE\r\n\r\n",
		results.KindIngress:  "PROBE PROBE PROBE\r\n\r\n",
	} {
		got := make(chan string, 1)
		address := serve(t, func(conn net.Conn) {
			request := make([]byte, len(want))
			_, _ = io.ReadFull(conn, request) // compared below
			got <- string(request)
			_, _ = io.WriteString(conn, "N")
		})
		if _, err := Ping(t.Context(), kind, address, Limit); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if request := <-got; request != want {
			t.Errorf("%s: sent %q, want %q", kind, request, want)
		}
	}
}

// Traefik takes HTTP/2 without TLS, and reads the beginning of a connection before it answers.
func TestPingIsAnsweredByServersOfHTTP2(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	defer server.Close()
	if _, err := Ping(t.Context(), results.KindIngress, server.Listener.Addr().String(), 5*time.Second); err != nil {
		t.Error(err)
	}
}

// A Redis that reads its data set from disk does not serve yet.
func TestLoadingRedisDoesNotAnswer(t *testing.T) {
	address := serve(t, replies(len("PING\r\n"), "-LOADING Redis is loading the dataset in memory\r\n"))
	if _, err := Ping(t.Context(), results.KindRedis, address, Limit); err == nil || !strings.Contains(err.Error(), "loading its data set") {
		t.Errorf("got %v", err)
	}
	noAuth := serve(t, replies(len("PING\r\n"), "-NOAUTH Authentication required.\r\n"))
	if _, err := Ping(t.Context(), results.KindRedis, noAuth, Limit); err != nil {
		t.Errorf("a Redis that requires a password: %v", err)
	}
}

// The three ways not to answer are distinguished: they prove different faults.
func TestErrorsAreClassified(t *testing.T) {
	closed := serve(t, func(net.Conn) {})
	silent := serve(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	refused, err := ports.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		address                 string
		limit                   time.Duration
		refused, broken, silent bool
	}{
		"nobody listens":           {refused, Limit, true, false, false},
		"the peer closes":          {closed, Limit, false, true, false},
		"the peer does not answer": {silent, 20 * time.Millisecond, false, false, true},
	} {
		_, err := Ping(t.Context(), results.KindOdoo, c.address, c.limit)
		if err == nil || Refused(err) != c.refused || Broken(err) != c.broken || Silent(err) != c.silent {
			t.Errorf("%s: %v: refused %t, broken %t, silent %t", name, err, Refused(err), Broken(err), Silent(err))
		}
	}
}

// route is a proxy with fixed addresses.
type route struct{ address, upstream string }

func (r route) Address() string  { return r.address }
func (r route) Upstream() string { return r.upstream }

// A proxy that holds each answer for 50 ms adds at least that; the component is measured
// past it.
func TestMeasure(t *testing.T) {
	direct := serve(t, replies(len("PING\r\n"), "+PONG\r\n"))
	slow := serve(t, func(conn net.Conn) {
		if _, err := io.ReadFull(conn, make([]byte, len("PING\r\n"))); err == nil {
			time.Sleep(50 * time.Millisecond)
			_, _ = io.WriteString(conn, "+PONG\r\n")
		}
	})
	d, err := Measure(t.Context(), results.KindRedis, route{slow, direct}, 10*time.Second)
	if err != nil || d.Through < 50*time.Millisecond {
		t.Errorf("%v, %v; want at least 50 ms through the proxy", d, err)
	}
	if got := (Detour{Through: 52 * time.Millisecond, Past: 2 * time.Millisecond}).Extra(); got != 50*time.Millisecond {
		t.Errorf("extra %v, want 50ms", got)
	}
	if got := (Detour{Through: time.Millisecond, Past: 2 * time.Millisecond}).Extra(); got != 0 {
		t.Errorf("extra %v of a faster way, want 0", got)
	}
	if got, want := d.String(), " ms through the proxy, "; !strings.Contains(got, want) {
		t.Errorf("%q has no %q", got, want)
	}
}

// The error of a measurement names the side that failed.
func TestMeasureNamesTheSide(t *testing.T) {
	direct := serve(t, replies(len("PING\r\n"), "+PONG\r\n"))
	closed := serve(t, func(net.Conn) {})
	for want, r := range map[string]route{"through the proxy: ": {closed, direct}, "past the proxy: ": {direct, closed}} {
		if _, err := Measure(t.Context(), results.KindRedis, r, Limit); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// An exchange ends with its context, also before its limit.
func TestExchangeEndsWithItsContext(t *testing.T) {
	silent := serve(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	if _, err := Exchange(ctx, silent, []byte("x"), time.Hour, func(got []byte) bool { return len(got) > 0 }); err == nil {
		t.Error("it has answered")
	}
}
