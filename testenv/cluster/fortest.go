//go:build kubernetes

package cluster

import (
	"errors"
	"os"
	"testing"
)

// StartFor is [Start] for one test, which stops the cluster when it ends.
func StartFor(t testing.TB) *Cluster {
	t.Helper()
	c, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// LabFor is [Lab] for one test, which takes it down when it ends. The test is skipped
// where there can be none; the logs of one that did not come up stay.
func LabFor(t testing.TB, nodelab string) *Cluster {
	t.Helper()
	state, err := os.MkdirTemp("", "nodelab-*")
	if err != nil {
		t.Fatal(err)
	}
	c, err := Lab(t.Context(), nodelab, state)
	if errors.Is(err, ErrNotHere) {
		t.Skip(errors.Join(err, os.RemoveAll(state)))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Stop(), os.RemoveAll(state)); err != nil {
			t.Error(err)
		}
	})
	return c
}
