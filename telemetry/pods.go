package telemetry

import (
	"context"
	"fmt"
)

// PodCount counts a component's pods in a cluster.
type PodCount struct {
	Pods     int // that exist
	Ready    int // that serve
	Restarts int // of their containers, since the pods were made
}

// pods reads the state of the pods of one component.
type pods struct {
	component string
	count     func(ctx context.Context) (PodCount, error)
}

func podSeries() []Series {
	return []Series{
		{"pods.count", "count", none, "pods of the component"},
		{"pods.ready", "count", higher, "pods of the component that are ready to serve"},
		{"pods.restarts", "count", lower, "restarts of the containers in the component's pods, since the pods were made"},
	}
}

func (p *pods) Name() string { return "pods " + p.component }
func (p *pods) Close() error { return nil }

func (p *pods) Read(ctx context.Context) ([]Reading, error) {
	c, err := p.count(ctx)
	if err != nil {
		return nil, fmt.Errorf("count pods: %w", err)
	}
	return []Reading{
		{Series: "pods.count", Component: p.component, Value: float64(c.Pods)},
		{Series: "pods.ready", Component: p.component, Value: float64(c.Ready)},
		{Series: "pods.restarts", Component: p.component, Value: float64(c.Restarts)},
	}, nil
}
