package local

import (
	"context"
	"fmt"

	"example.org/odooharness/chaos"
)

// reset is HTTPChaos with abort: true as far as TCP allows. The connection is
// broken when the first bytes arrive: with target Request those of the request,
// which the component never sees; with target Response those of the answer, when
// the work is done and the client does not learn of it.
type reset struct{ toxicSet }

func newReset(name string, e edge, direction string) chaos.Fault {
	f := &reset{e.set()}
	f.toxics = []toxic{{name: name + "-" + direction, kind: "reset_peer", direction: direction}}
	return f
}

// InEffect shows that connections break through the proxy alone.
func (f *reset) InEffect(ctx context.Context) (chaos.Proof, error) {
	past, err := ping(ctx, f.kind, f.proxy.Upstream(), pingLimit)
	if err != nil {
		return chaos.Proof{}, fmt.Errorf("past the proxy: %w", err)
	}
	_, err = ping(ctx, f.kind, f.proxy.Address(), pingLimit)
	return chaos.Proof{
		Shown: err != nil && broken(err),
		Evidence: fmt.Sprintf("%s: answers in %.1f ms past the proxy; %s gives %s",
			f.part.Name, millis(past), f.proxy.Address(), answered(err)),
	}, nil
}

// Recovered shows that it answers through the proxy.
func (f *reset) Recovered(ctx context.Context) (chaos.Proof, error) {
	return answers(ctx, f.part.Name, f.kind, f.proxy.Address())
}
