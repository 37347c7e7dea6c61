//go:build kubernetes

package cluster

import "testing"

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
