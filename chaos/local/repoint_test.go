package local

import (
	"context"
	"io"
	"net"
	"testing"
)

// greeter answers every connection with its name.
func greeter(t *testing.T, name string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte(name))
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

func greeting(t *testing.T, address string) (string, error) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close() }()
	all, err := io.ReadAll(c)
	return string(all), err
}

// A repointed proxy leads to the other server, also when its own component is down.
func TestRepoint(t *testing.T) {
	proxy, err := NewProxy("primary", "127.0.0.1:0", greeter(t, "old"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = proxy.Close(context.Background()) }()
	if got, err := greeting(t, proxy.Address()); got != "old" || err != nil {
		t.Fatalf("before: %q, %v", got, err)
	}
	if err := proxy.SetServing(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if got, err := greeting(t, proxy.Address()); err == nil {
		t.Fatalf("down: %q, want refused", got)
	}
	other := greeter(t, "new")
	if err := proxy.Repoint(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if got, err := greeting(t, proxy.Address()); got != "new" || err != nil {
		t.Errorf("after: %q, %v; want new", got, err)
	}
	if err := proxy.SetServing(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if got, err := greeting(t, proxy.Address()); got != "new" || err != nil || proxy.Upstream() != other {
		t.Errorf("after the old one went down again: %q, %v, upstream %s", got, err, proxy.Upstream())
	}
}
