package local_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/internal/testing/testbed"
	"example.org/odooharness/results"
)

// spec is a manifest on the component of a kind.
func parse(t *testing.T, kind, label, class, spec string) chaos.Manifest {
	t.Helper()
	version := manifest.MeshVersion
	if kind == "PostgresChaos" || kind == "RedisChaos" || kind == "OdooChaos" {
		version = manifest.OwnVersion
	}
	spec += "\n  mode: all\n  selector: {labelSelectors: {app.kubernetes.io/name: " + label + "}}\n"
	m, err := manifest.Parse("test.yaml", testbed.Manifest(kind, version, "test", class, spec))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// session checks the manifest on the part and opens a session on it.
func session(t *testing.T, m chaos.Manifest, parts ...local.Part) *chaos.Session {
	t.Helper()
	driver := local.New(parts)
	targets, err := driver.Check(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	fault, err := driver.Fault(m, targets)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	s := chaos.NewSession(fault, chaos.Options{
		Clock: func() results.Offset { return results.OffsetOf(time.Since(start)) },
		Poll:  20 * time.Millisecond, Gone: 30 * time.Second,
	})
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// injected takes a session to the point where the fault is proven.
func injected(t *testing.T, s *chaos.Session) {
	t.Helper()
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Log(s.Injection().Proof)
}

// reverted takes it to the point where the fault is proven to have ended.
func reverted(t *testing.T, s *chaos.Session) {
	t.Helper()
	if err := errors.Join(s.Recover(t.Context()), s.Recovered(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Log(s.Injection().GoneProof)
}

// patience is what a busy machine may take to answer.
const patience = 10 * time.Second

func roundTrip(t *testing.T, conn net.Conn, limit time.Duration) (time.Duration, error) {
	t.Helper()
	start := time.Now()
	_ = conn.SetDeadline(start.Add(limit))
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return 0, err
	}
	answer := make([]byte, 7)
	_, err := io.ReadFull(conn, answer)
	return time.Since(start), err
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestDelayOnOpenConnection(t *testing.T) {
	part := testbed.Redis(t, "t1/redis")
	conn := dial(t, part.Proxy.Address())
	if _, err := roundTrip(t, conn, patience); err != nil {
		t.Fatal(err)
	}
	const least = 60 * time.Millisecond
	s := session(t, parse(t, "NetworkChaos", "redis", "redis",
		"  action: delay\n  delay: {latency: 60ms}\n  duration: 10s"), part)
	injected(t, s)
	if got, err := roundTrip(t, conn, patience); err != nil || got < least {
		t.Errorf("round trip %v, %v; want at least %v", got, err, least)
	}
	reverted(t, s)
	fastest := patience // a busy machine only ever adds to one
	for range 10 {
		got, err := roundTrip(t, conn, patience)
		if err != nil {
			t.Fatal(err)
		}
		fastest = min(fastest, got)
	}
	if fastest > least/2 {
		t.Errorf("after: the fastest of ten round trips took %v, want less than %v", fastest, least/2)
	}
}

func TestPartitionDropHoldsAndDelivers(t *testing.T) {
	part := testbed.Redis(t, "t1/redis")
	conn := dial(t, part.Proxy.Address())
	s := session(t, parse(t, "NetworkChaos", "redis", "redis", "  action: partition\n  duration: 10s"), part)
	injected(t, s)
	if _, err := roundTrip(t, conn, 200*time.Millisecond); !isTimeout(err) {
		t.Errorf("during: %v, want a timeout", err)
	}
	reverted(t, s)
	_ = conn.SetDeadline(time.Now().Add(patience))
	answer := make([]byte, 7)
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "+PONG\r\n" {
		t.Errorf("after: got %q, %v; want the answer that was held", answer, err)
	}
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

func TestPartitionRejectRefuses(t *testing.T) {
	part := testbed.HTTP(t, "t1/ingress")
	conn := dial(t, part.Proxy.Address())
	m := parse(t, "NetworkChaos", "ingress", "ingress", "  action: partition\n  partitionBehavior: reject\n  duration: 10s")
	s := session(t, m, part)
	injected(t, s)
	if _, err := roundTrip(t, conn, patience); err == nil || isTimeout(err) {
		t.Errorf("open connection: %v, want it broken", err)
	}
	if _, err := net.Dial("tcp", part.Proxy.Address()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("new connection: %v, want it refused", err)
	}
	reverted(t, s)
}

func TestBandwidth(t *testing.T) {
	for _, test := range []struct {
		name, label, class, want string
		part                     func(*testing.T) local.Part
	}{
		{"redis", "redis", "redis", "kB/s through the proxy", func(t *testing.T) local.Part {
			return testbed.Redis(t, "t1/redis")
		}},
		{"postgres", "postgresql", "database", "kB/s through the proxy", func(t *testing.T) local.Part {
			return testbed.Postgres(t, "t1/postgres")
		}},
		{"ingress", "ingress", "ingress", "proxy's chain: true", func(t *testing.T) local.Part {
			return testbed.HTTP(t, "t1/ingress")
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			part := test.part(t)
			spec := "  action: bandwidth\n  bandwidth: {rate: 1mbit, limit: 20971520, buffer: 10000}\n  duration: 10s"
			s := session(t, parse(t, "NetworkChaos", test.label, test.class, spec), part)
			injected(t, s)
			if got := s.Injection().Proof; !strings.Contains(got, test.want) {
				t.Errorf("proof %q, want %q", got, test.want)
			}
			reverted(t, s)
		})
	}
}

func TestHTTPAbortAndDelay(t *testing.T) {
	part := testbed.HTTP(t, "t1/ingress")
	for _, spec := range []string{
		"  target: Request\n  port: 80\n  abort: true\n  duration: 10s",
		"  target: Response\n  port: 80\n  abort: true\n  duration: 10s",
		"  target: Response\n  port: 80\n  delay: 80ms\n  duration: 10s",
	} {
		s := session(t, parse(t, "HTTPChaos", "ingress", "ingress", spec), part)
		injected(t, s)
		reverted(t, s)
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// A fault that is not there must not be shown: the proofs are read without
// Inject.
func TestProofsNeedTheFault(t *testing.T) {
	parts := []local.Part{testbed.Redis(t, "t1/redis")}
	for name, spec := range map[string]string{
		"delay":     "  action: delay\n  delay: {latency: 50ms}\n  duration: 5s",
		"partition": "  action: partition\n  duration: 5s",
		"reject":    "  action: partition\n  partitionBehavior: reject\n  duration: 5s",
		"bandwidth": "  action: bandwidth\n  bandwidth: {rate: 1mbit, limit: 1, buffer: 1}\n  duration: 5s",
	} {
		m := parse(t, "NetworkChaos", "redis", "redis", spec)
		fault, err := local.New(parts).Fault(m, []chaos.Component{parts[0].Component})
		if err != nil {
			t.Fatal(err)
		}
		if proof, err := fault.InEffect(t.Context()); err != nil || proof.Shown {
			t.Errorf("%s without injecting: %+v, %v", name, proof, err)
		}
		if err := fault.Inject(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		if proof, err := fault.Recovered(ctx); err == nil && proof.Shown {
			t.Errorf("%s without recovering: %+v", name, proof)
		}
		cancel()
		if err := fault.Recover(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
