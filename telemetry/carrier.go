package telemetry

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// carrier reads the counts of the lab's carrier: requests for a label by the connector,
// and their answers.
type carrier struct {
	target Target
	client *http.Client
	rates  counters
}

func newCarrier(t Target) *carrier { return &carrier{target: t, client: &http.Client{}} }

func carrierSeries() []Series {
	return []Series{
		{"carrier.requests", "1/s", none, "labels requested, repeated requests too (the lab's carrier)"},
		{"carrier.failed", "1/s", lower, "of these refused with 503"},
		{"carrier.repeated", "1/s", lower, "of these answered with a label made before: the answer had been lost"},
		{"carrier.labels", "1/s", none, "labels made"},
		{"carrier.duplicates", "1/s", lower, "labels beyond the first for one shipment"},
	}
}

func (p *carrier) Name() string { return "carrier " + p.target.Component }

func (p *carrier) Close() error {
	p.client.CloseIdleConnections()
	return nil
}

func (p *carrier) Read(ctx context.Context) ([]Reading, error) {
	body, err := fetch(ctx, p.client, strings.TrimSuffix(p.target.URL.Reveal(), "/")+"/stats")
	if err != nil {
		return nil, err
	}
	var counted struct{ Requests, Failed, Repeated, Labels, Duplicates float64 }
	if err := json.Unmarshal(body, &counted); err != nil {
		return nil, fmt.Errorf("the answer is not the lab's carrier's: %w", err)
	}
	g := &gather{component: p.target.Component}
	p.rates.begin(time.Now())
	g.addRate(&p.rates, "carrier.requests", counted.Requests)
	g.addRate(&p.rates, "carrier.failed", counted.Failed)
	g.addRate(&p.rates, "carrier.repeated", counted.Repeated)
	g.addRate(&p.rates, "carrier.labels", counted.Labels)
	g.addRate(&p.rates, "carrier.duplicates", counted.Duplicates)
	p.rates.end()
	return g.readings, nil
}
