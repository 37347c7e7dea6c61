package odoostack

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// fakeOdoo is an Odoo of two workers that answer in turn; each warms once it is
// let.
func fakeOdoo(t *testing.T, let <-chan struct{}, warms *atomic.Int32) int {
	t.Helper()
	var turn atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/web/health", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/web/login", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`<input name="login">`)) })
	mux.HandleFunc("/harness/worker", func(w http.ResponseWriter, _ *http.Request) {
		<-let
		warms.Add(1)
		_ = json.NewEncoder(w).Encode(workerState{PID: int(turn.Add(1)) % 2, Warm: []string{"t1"}})
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// A try that ends early leaves the warming under way, and starts no second one.
func TestWarmingOutlivesATry(t *testing.T) {
	let := make(chan struct{})
	var warms, enforced atomic.Int32
	w := &warmer{address: loopback(fakeOdoo(t, let, &warms)), workers: 2, health: "/web/health", tenants: []string{"t1"},
		then: func() error { enforced.Add(1); return nil }}
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		if err := w.ready(ctx); err == nil {
			t.Fatal("ready before a worker was warm")
		}
		cancel()
	}
	close(let)
	for range 2 { // the second finds it done
		if err := w.ready(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if warms.Load() != 2 || enforced.Load() != 1 {
		t.Errorf("%d requests to warm, %d times limited; want one a worker, and once", warms.Load(), enforced.Load())
	}
}

// Limits that cannot be put on keep the lab from being called ready.
func TestWarmerReportsLimitsThatFail(t *testing.T) {
	let := make(chan struct{})
	close(let)
	boom := errors.New("boom")
	var warms atomic.Int32
	w := &warmer{address: loopback(fakeOdoo(t, let, &warms)), workers: 2, health: "/web/health", tenants: []string{"t1"}, then: func() error { return boom }}
	if err := w.ready(t.Context()); !errors.Is(err, boom) {
		t.Errorf("got %v, want the error of the limit", err)
	}
}
