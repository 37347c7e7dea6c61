package server

import (
	"strings"
	"testing"

	"example.org/odooharness/lab/embedded/weakness"
)

func TestUnknownWeakness(t *testing.T) {
	c := Config{Listen: "x", Postgres: "x", Redis: "x", Tenants: []string{"t1"}, Weaknesses: []string{"no-such", weakness.NoRetry}}
	err := c.complete()
	if err == nil || !strings.Contains(err.Error(), `weakness "no-such"`) ||
		strings.Contains(err.Error(), `"no-retry"`) {
		t.Errorf("got %v, want an error about no-such alone", err)
	}
}
