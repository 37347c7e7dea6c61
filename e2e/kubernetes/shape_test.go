//go:build kubernetes

package kubernetes

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"example.org/odooharness/chaos/local"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/testenv/cluster"
)

// shaped puts the harness's own proxy in front of the ingress pod. The proxy applies the
// delays that the daemon receives, because a pod that is a process has no network device
// for netem. These experiments slow down the ingress only.
func shaped(t *testing.T, c *cluster.Cluster, upstream string) (address string) {
	t.Helper()
	address = rig.FreeAddress(t)
	proxy, err := local.NewProxy("ingress", address, upstream)
	rig.Must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- follow(ctx, c, proxy) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, proxy.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return address
}

// follow applies each SetTcs to the proxy until ctx ends.
func follow(ctx context.Context, c *cluster.Cluster, proxy *local.TCPProxy) error {
	const toxic = "netem"
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for seen := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		calls, err := c.Calls()
		if err != nil {
			return err
		}
		for ; seen < len(calls); seen++ {
			if calls[seen].Call != "SetTcs" {
				continue
			}
			var requested struct {
				Tcs []struct {
					Netem struct {
						Time string `json:"time"`
					} `json:"netem"`
				} `json:"tcs"`
			}
			if err := json.Unmarshal(calls[seen].Request, &requested); err != nil {
				return err
			}
			if proxy.HasToxic(toxic) {
				if err := proxy.RemoveToxic(ctx, toxic); err != nil {
					return err
				}
			}
			if len(requested.Tcs) == 0 {
				continue
			}
			delay, err := time.ParseDuration(requested.Tcs[0].Netem.Time)
			if err != nil {
				return err
			}
			// netem delays what the pod sends: the answers.
			err = proxy.AddToxic(ctx, toxic, "latency", "downstream", map[string]float64{"latency": float64(delay.Milliseconds())})
			if err != nil {
				return err
			}
		}
	}
}
