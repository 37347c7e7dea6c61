package telemetry

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// metric is one line of a metrics page in Prometheus' text form.
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
	defer resp.Body.Close() //nolint:errcheck // read only
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered %s", resp.Status)
	}
	return body, nil
}

// parseMetrics reads the page; lines that are no metrics are passed over.
func parseMetrics(page string) []metric {
	var all []metric
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if m, ok := parseMetric(line); ok {
			all = append(all, m)
		}
	}
	return all
}

func parseMetric(line string) (metric, bool) {
	m := metric{labels: map[string]string{}}
	end := strings.IndexAny(line, "{ ")
	if end <= 0 {
		return m, false
	}
	m.name = line[:end]
	rest := line[end:]
	if rest[0] == '{' {
		var ok bool
		if rest, ok = m.parseLabels(rest[1:]); !ok {
			return m, false
		}
	}
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return m, false
	}
	value, err := strconv.ParseFloat(fields[0], 64)
	m.value = value
	if len(fields) > 1 {
		if ms, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
			m.at = time.UnixMilli(ms)
		}
	}
	return m, err == nil
}

// parseLabels reads name="value",... up to the brace, and returns what follows.
func (m *metric) parseLabels(text string) (rest string, ok bool) {
	for {
		text = strings.TrimLeft(text, ", ")
		if strings.HasPrefix(text, "}") {
			return text[1:], true
		}
		name, after, found := strings.Cut(text, "=")
		if !found || !strings.HasPrefix(after, `"`) {
			return "", false
		}
		end := 1
		for end < len(after) && after[end] != '"' {
			if after[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(after) {
			return "", false
		}
		value, err := strconv.Unquote(after[:end+1])
		if err != nil {
			return "", false
		}
		m.labels[strings.TrimSpace(name)] = value
		text = after[end+1:]
	}
}
