package carrier

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/testing/eventually"
)

// order posts one label request and returns status and tracking number.
func order(t *testing.T, base, key string) (int, string) {
	t.Helper()
	body := strings.NewReader(`{"database":"t1","reference":"WH/OUT/00001"}`)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/labels", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Idempotency-Key", key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var label Label
	_ = json.NewDecoder(resp.Body).Decode(&label) // errors are plain text
	return resp.StatusCode, label.Tracking
}

func control(t *testing.T, base, query string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/control?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return errClose(t, resp)
}

func errClose(t *testing.T, resp *http.Response) int {
	t.Helper()
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

func TestRepeatedKeyGetsTheSameLabel(t *testing.T) {
	c := New(1)
	s := httptest.NewServer(c)
	defer s.Close()
	status, first := order(t, s.URL, "a")
	again, second := order(t, s.URL, "a")
	if status != http.StatusCreated || again != http.StatusOK || first != second || first == "" {
		t.Errorf("got %d %q then %d %q, want 201 and 200 with the same label", status, first, again, second)
	}
	if _, other := order(t, s.URL, "b"); other == first {
		t.Errorf("another key got the same label %q", other)
	}
	want := Stats{Requests: 3, Labels: 2, Repeated: 1, Databases: map[string]int{"t1": 2}}
	if diff := cmp.Diff(want, c.stats); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
}

func TestControls(t *testing.T) {
	c := New(1)
	s := httptest.NewServer(c)
	defer s.Close()

	control(t, s.URL, "fail=1")
	if status, _ := order(t, s.URL, "a"); status != http.StatusServiceUnavailable {
		t.Errorf("with fail=1: got %d, want 503", status)
	}
	control(t, s.URL, "double=1")
	_, first := order(t, s.URL, "a")
	if _, second := order(t, s.URL, "a"); second == first || c.stats.Duplicates != 1 {
		t.Errorf("with double=1: got %q again, %d duplicates", second, c.stats.Duplicates)
	}
	control(t, s.URL, "delay=50ms")
	began := time.Now()
	order(t, s.URL, "c")
	if took := time.Since(began); took < 50*time.Millisecond {
		t.Errorf("with delay=50ms: answered after %v", took)
	}
	for _, bad := range []string{"delay=soon", "delay=-1s", "fail=2", "double=NaN", "speed=3"} {
		if status := control(t, s.URL, bad); status != http.StatusBadRequest {
			t.Errorf("control %s: got %d, want 400", bad, status)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Run(ctx, addr) }()
	eventually.Nil(t, time.Minute, "the carrier answers", func() error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		if status := errClose(t, resp); status != http.StatusNoContent {
			t.Errorf("healthz: got %d, want 204", status)
		}
		return nil
	})
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
}
