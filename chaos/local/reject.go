package local

import (
	"context"
	"fmt"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/probe"
)

// reject is NetworkChaos action partition with behaviour reject: open
// connections are closed and new ones refused.
type reject struct {
	toxicSet // without toxics: for Prepare
}

func newReject(e edge) chaos.Fault { return &reject{e.set()} }

// Inject closes the listener and its connections.
func (f *reject) Inject(ctx context.Context) error { return f.proxy.SetEnabled(ctx, false) }

// Recover listens again.
func (f *reject) Recover(ctx context.Context) error { return f.proxy.SetEnabled(ctx, true) }

// InEffect shows that the component answers past the proxy, which refuses.
func (f *reject) InEffect(ctx context.Context) (chaos.Proof, error) {
	past, err := probe.Ping(ctx, f.kind, f.proxy.Upstream(), probe.Limit)
	if err != nil {
		return chaos.Proof{}, fmt.Errorf("past the proxy: %w", err)
	}
	_, err = probe.Ping(ctx, f.kind, f.proxy.Address(), probe.Limit)
	return chaos.Proof{
		Shown: probe.Refused(err),
		Evidence: fmt.Sprintf("%s: answers in %.1f ms past the proxy; %s gives %s",
			f.part.Name, probe.Millis(past), f.proxy.Address(), answered(err)),
	}, nil
}

// Recovered shows that it answers through the proxy.
func (f *reject) Recovered(ctx context.Context) (chaos.Proof, error) {
	return answers(ctx, f.part.Name, f.kind, f.proxy.Address())
}
