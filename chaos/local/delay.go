package local

import (
	"context"
	"fmt"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/probe"
)

// delay holds every chunk of a stream back: NetworkChaos action delay, and
// HTTPChaos with a delay.
type delay struct {
	toxicSet
	latency, jitter time.Duration // each way
}

func newDelay(name string, e edge, latency, jitter time.Duration, directions []string) chaos.Fault {
	f := &delay{toxicSet: e.set(), latency: latency, jitter: jitter}
	for _, direction := range directions {
		f.toxics = append(f.toxics, toxic{
			name: name + "-" + direction, kind: "latency", direction: direction,
			attrs: map[string]float64{"latency": probe.Millis(latency), "jitter": probe.Millis(jitter)},
		})
	}
	return f
}

// least is the extra round trip that proves the delay: nine tenths of what
// latency and jitter leave at least, but half of the latency when the jitter is
// as large as that.
func (f *delay) least() time.Duration {
	each := max(f.latency/2, (f.latency-f.jitter)*9/10)
	return each * time.Duration(len(f.toxics))
}

func (f *delay) measure(ctx context.Context) (probe.Detour, error) {
	return probe.Measure(ctx, f.kind, f.proxy, probe.Limit+4*(f.latency+f.jitter))
}

// InEffect compares round trips.
func (f *delay) InEffect(ctx context.Context) (chaos.Proof, error) {
	d, err := f.measure(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{Shown: d.Extra() >= f.least(), Evidence: fmt.Sprintf("%s: %s", f.part.Name, d)}, nil
}

// Recovered compares round trips again.
func (f *delay) Recovered(ctx context.Context) (chaos.Proof, error) {
	d, err := f.measure(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{Shown: d.Extra() < f.least()/2, Evidence: fmt.Sprintf("%s: %s", f.part.Name, d)}, nil
}
