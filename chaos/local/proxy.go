package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// TCPProxy is a [Proxy] on toxiproxy. Its listener is open while it is enabled
// (no fault closed it) and serving (the component behind it is up): a component
// that is down then refuses connections, as a Kubernetes Service without
// endpoints does, instead of accepting and dropping them.
type TCPProxy struct {
	component string
	proxy     *toxiproxy.Proxy
	listen    string // fixed from the first start, so that clients find it again

	mu       sync.Mutex // guards what follows and orders changes
	upstream string
	moved    bool // it leads to another component than its own, see Repoint
	enabled  bool
	serving  bool
	toxics   map[string]string // name -> kind and direction, for evidence
}

// NewProxy listens on listen (port 0 takes a free one) and forwards to upstream.
func NewProxy(component, listen, upstream string) (*TCPProxy, error) {
	// Some toxics write to the global logger, whatever logger the server has.
	// Nothing else here logs with zerolog.
	zerolog.SetGlobalLevel(zerolog.Disabled)
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, component, listen, upstream)
	if err := proxy.Start(); err != nil {
		return nil, fmt.Errorf("open proxy of %s: %w", component, err)
	}
	return &TCPProxy{
		component: component, proxy: proxy, listen: proxy.Listen, upstream: upstream,
		enabled: true, serving: true, toxics: map[string]string{},
	}, nil
}

// Address is host:port that clients use.
func (p *TCPProxy) Address() string { return p.listen }

// Upstream is host:port of the component itself.
func (p *TCPProxy) Upstream() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.upstream
}

// Repoint changes the upstream, like a Service that selects another pod. From
// then on it is open whether or not the component it was made for is up.
func (p *TCPProxy) Repoint(ctx context.Context, upstream string) error {
	return p.within(ctx, func() error {
		p.proxy.Stop() // its connections end, and nothing reads the upstream
		p.proxy.Upstream, p.upstream, p.moved = upstream, upstream, true
		return p.apply()
	})
}

// AddToxic implements [Proxy].
func (p *TCPProxy) AddToxic(
	ctx context.Context, name, kind, direction string, attrs map[string]float64,
) error {
	whole := make(map[string]int64, len(attrs)) // toxiproxy reads whole numbers
	for key, value := range attrs {
		whole[key] = int64(value)
	}
	request, err := json.Marshal(map[string]any{
		"name": name, "type": kind, "stream": direction, "toxicity": 1.0, "attributes": whole,
	})
	if err != nil {
		return fmt.Errorf("add toxic %s: %w", name, err)
	}
	return p.within(ctx, func() error {
		if _, there := p.toxics[name]; there {
			if err := p.remove(ctx, name); err != nil {
				return err
			}
		}
		if _, err := p.proxy.Toxics.AddToxicJson(bytes.NewReader(request)); err != nil {
			return fmt.Errorf("add toxic %s (%s %s) to proxy of %s: %w", name, kind, direction, p.component, err)
		}
		p.toxics[name] = kind + " " + direction
		return nil
	})
}

// RemoveToxic implements [Proxy].
func (p *TCPProxy) RemoveToxic(ctx context.Context, name string) error {
	return p.within(ctx, func() error { return p.remove(ctx, name) })
}

func (p *TCPProxy) remove(ctx context.Context, name string) error {
	err := p.proxy.Toxics.RemoveToxic(context.WithoutCancel(ctx), name)
	if err != nil && !errors.Is(err, toxiproxy.ErrToxicNotFound) {
		return fmt.Errorf("remove toxic %s from proxy of %s: %w", name, p.component, err)
	}
	delete(p.toxics, name)
	return nil
}

// HasToxic reports whether the toxic is in the chain now.
func (p *TCPProxy) HasToxic(name string) bool { return p.proxy.Toxics.GetToxic(name) != nil }

// SetEnabled implements [Proxy].
func (p *TCPProxy) SetEnabled(ctx context.Context, enabled bool) error {
	return p.within(ctx, func() error {
		p.enabled = enabled
		return p.apply()
	})
}

// SetServing is for the supervisor of the component: false while the component
// is down or not ready. It does not undo a fault's SetEnabled.
func (p *TCPProxy) SetServing(ctx context.Context, serving bool) error {
	return p.within(ctx, func() error {
		p.serving = serving
		return p.apply()
	})
}

// apply opens or closes the listener by enabled and serving.
func (p *TCPProxy) apply() error {
	if !p.enabled || (!p.serving && !p.moved) {
		p.proxy.Stop()
		return nil
	}
	err := p.proxy.Start()
	if err != nil && !errors.Is(err, toxiproxy.ErrProxyAlreadyStarted) {
		return fmt.Errorf("open proxy of %s: %w", p.component, err)
	}
	return nil
}

// Close takes out every toxic, so that connections held in one end, then closes
// the listener and the connections.
func (p *TCPProxy) Close(ctx context.Context) error {
	return p.within(ctx, func() error {
		for name := range p.toxics {
			if err := p.remove(ctx, name); err != nil {
				return err
			}
		}
		p.enabled = false
		return p.apply()
	})
}

// within runs one change at a time. A change can wait for a connection that does
// not drain; the caller waits until its context is over, the change goes on and
// later ones queue behind it.
func (p *TCPProxy) within(ctx context.Context, change func() error) error {
	done := make(chan error, 1)
	go func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		done <- change()
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("change proxy of %s: %w", p.component, ctx.Err())
	}
}
