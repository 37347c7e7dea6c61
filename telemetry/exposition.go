package telemetry

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// metric is one sample of a metrics page.
type metric struct {
	name   string
	labels map[string]string
	value  float64
	at     time.Time // of the value; zero: that of the page
}

// maxPage bounds a metrics page and an answer of Prometheus.
const maxPage = 16 << 20

// fetch gets a page.
func fetch(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, hideURL(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, hideURL(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered %s", resp.Status)
	}
	return body, nil
}

// parseMetrics reads a page in Prometheus' text form: each sample of it, those of
// histograms and summaries by the names that a query knows them by.
func parseMetrics(page []byte) ([]metric, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(page))
	if err != nil {
		return nil, fmt.Errorf("the page is not in Prometheus' text form: %w", err)
	}
	var all []metric
	for _, name := range slices.Sorted(maps.Keys(families)) {
		samples, err := expfmt.ExtractSamples(&expfmt.DecodeOptions{}, families[name])
		if err != nil {
			return nil, fmt.Errorf("read %s of the page: %w", name, err)
		}
		for _, s := range samples {
			m := metric{labels: make(map[string]string, len(s.Metric)), value: float64(s.Value)}
			for name, value := range s.Metric {
				if name == model.MetricNameLabel {
					m.name = string(value)
				} else {
					m.labels[string(name)] = string(value)
				}
			}
			if s.Timestamp != 0 {
				m.at = s.Timestamp.Time()
			}
			all = append(all, m)
		}
	}
	return all, nil
}
