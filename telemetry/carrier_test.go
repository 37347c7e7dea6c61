package telemetry

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	lab "example.org/odooharness/lab/carrier"
)

// The lab's own carrier: two labels, one of them requested twice, and one refusal.
func TestCarrier(t *testing.T) {
	server := httptest.NewServer(lab.New(1))
	defer server.Close()
	p := newCarrier(Target{Component: "shared/carrier", URL: hide(server.URL)})
	defer p.Close()
	post := func(path, key string, want int) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path,
			strings.NewReader(`{"database": "t1", "reference": "WH/1"}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Idempotency-Key", key)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Fatalf("%s answered %d, want %d", path, response.StatusCode, want)
		}
	}
	if _, err := p.Read(context.Background()); err != nil {
		t.Fatal(err)
	}
	post("/labels", "one", http.StatusCreated)
	post("/labels", "one", http.StatusOK)
	post("/labels", "two", http.StatusCreated)
	post("/control?fail=1", "", http.StatusOK)
	post("/labels", "three", http.StatusServiceUnavailable)
	got := read(t, p)
	one := series(t, got, "carrier.failed", "")
	for name, want := range map[string]float64{"carrier.requests": 4, "carrier.repeated": 1, "carrier.labels": 2, "carrier.duplicates": 0} {
		if value := series(t, got, name, ""); value < (want-1e-6)*one || value > (want+1e-6)*one {
			t.Errorf("%s is %v, want %v times the one refusal's %v", name, value, want, one)
		}
	}
}
