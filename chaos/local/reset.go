package local

import (
	"context"
	"fmt"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/probe"
)

// reset is HTTPChaos with abort: true as far as TCP allows. The connection is
// broken when the first bytes arrive: with target Request those of the request,
// which the component never sees; with target Response those of the answer, when
// the work is done and the client does not know.
type reset struct{ toxicSet }

func newReset(name string, e edge, direction string) chaos.Fault {
	f := &reset{e.set()}
	f.toxics = []toxic{{name: name + "-" + direction, kind: "reset_peer", direction: direction}}
	return f
}

// InEffect shows that connections break through the proxy alone.
func (f *reset) InEffect(ctx context.Context) (chaos.Proof, error) {
	past, err := probe.Ping(ctx, f.kind, f.proxy.Upstream(), probe.Limit)
	if err != nil {
		return chaos.Proof{}, fmt.Errorf("past the proxy: %w", err)
	}
	_, err = probe.Ping(ctx, f.kind, f.proxy.Address(), probe.Limit)
	return chaos.Proof{
		Shown: err != nil && probe.Broken(err),
		Evidence: fmt.Sprintf("%s: answers in %.1f ms past the proxy; %s gives %s",
			f.part.Name, probe.Millis(past), f.proxy.Address(), answered(err)),
	}, nil
}

// Recovered shows that it answers through the proxy.
func (f *reset) Recovered(ctx context.Context) (chaos.Proof, error) {
	return answers(ctx, f.part.Name, f.kind, f.proxy.Address())
}
