package local

import (
	"context"
	"fmt"

	"example.org/odooharness/chaos"
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
	past, err := ping(ctx, f.kind, f.proxy.Upstream(), pingLimit)
	if err != nil {
		return chaos.Proof{}, fmt.Errorf("past the proxy: %w", err)
	}
	_, err = ping(ctx, f.kind, f.proxy.Address(), pingLimit)
	return chaos.Proof{
		Shown: refused(err),
		Evidence: fmt.Sprintf("%s: answers in %.1f ms past the proxy; %s gives %s",
			f.part.Name, millis(past), f.proxy.Address(), answered(err)),
	}, nil
}

// Recovered shows that it answers through the proxy.
func (f *reject) Recovered(ctx context.Context) (chaos.Proof, error) {
	return answers(ctx, f.part.Name, f.kind, f.proxy.Address())
}
