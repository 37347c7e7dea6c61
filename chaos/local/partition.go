package local

import (
	"context"
	"fmt"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/probe"
	"example.org/odooharness/results"
)

// blackHole is NetworkChaos action partition with behaviour drop. Chunks are
// held until the fault ends and then delivered, as TCP would deliver what it
// kept sending again; nothing is lost in the stream. One thing differs from
// dropped packets: a new connection is accepted by the proxy and then silent,
// where a dropped SYN would leave the client connecting.
type blackHole struct{ toxicSet }

// forever is far beyond any fault's duration.
const forever = 24 * time.Hour

func newBlackHole(name string, e edge, directions []string) chaos.Fault {
	f := &blackHole{e.set()}
	for _, direction := range directions {
		f.toxics = append(f.toxics, toxic{
			name: name + "-" + direction, kind: "latency", direction: direction,
			attrs: map[string]float64{"latency": probe.Millis(forever)},
		})
	}
	return f
}

// InEffect shows that the component answers past the proxy and not through it.
func (f *blackHole) InEffect(ctx context.Context) (chaos.Proof, error) {
	past, err := probe.Ping(ctx, f.kind, f.proxy.Upstream(), probe.Limit)
	if err != nil {
		return chaos.Proof{}, fmt.Errorf("past the proxy: %w", err)
	}
	// Many times the round trip past the proxy, so that slowness is not silence.
	limit := max(300*time.Millisecond, 10*past)
	_, err = probe.Ping(ctx, f.kind, f.proxy.Address(), limit)
	return chaos.Proof{
		Shown: probe.Silent(err) && ctx.Err() == nil,
		Evidence: fmt.Sprintf("%s: answers in %.1f ms past the proxy, through it %s within %.0f ms",
			f.part.Name, probe.Millis(past), answered(err), probe.Millis(limit)),
	}, nil
}

// Recovered shows that it answers through the proxy.
func (f *blackHole) Recovered(ctx context.Context) (chaos.Proof, error) {
	return answers(ctx, f.part.Name, f.kind, f.proxy.Address())
}

func answered(err error) string {
	if err == nil {
		return "an answer"
	}
	if probe.Silent(err) {
		return "no answer"
	}
	return err.Error()
}

// answers is the proof that a component is there.
func answers(ctx context.Context, name string, kind results.Kind, address string) (chaos.Proof, error) {
	took, err := probe.Ping(ctx, kind, address, probe.Limit)
	if err != nil {
		return chaos.Proof{Evidence: fmt.Sprintf("%s: %v", name, err)}, nil
	}
	return chaos.Proof{Shown: true, Evidence: fmt.Sprintf("%s: answers in %.1f ms", name, probe.Millis(took))}, nil
}
