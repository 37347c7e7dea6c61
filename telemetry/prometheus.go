package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// prometheus queries the user's own Prometheus: the queries of the setup, and the alerts
// that fire.
type prometheus struct {
	target Target
	client *http.Client
	seen   map[string]bool // alerts that fired once, to report when they stop
}

func newPrometheus(t Target) *prometheus {
	return &prometheus{target: t, client: &http.Client{}, seen: map[string]bool{}}
}

func prometheusSeries() []Series {
	return []Series{
		{"prometheus.query", "none", none, "a query of the user's, named by the label; its unit is the user's too"},
		{"prometheus.alert", "ratio", lower, "1 while the alert named by the label fires, 0 after"},
		{"prometheus.alerts.firing", "count", lower, "alerts that fire"},
		{"prometheus.alerts.pending", "count", lower, "alerts that will fire when their condition lasts"},
	}
}

func (p *prometheus) Name() string { return "prometheus " + p.target.Component }

func (p *prometheus) Close() error {
	p.client.CloseIdleConnections()
	return nil
}

func (p *prometheus) Read(ctx context.Context) ([]Reading, error) {
	g := &gather{component: p.target.Component}
	var problems []error
	for _, q := range p.target.Queries {
		if err := p.query(ctx, q, g); err != nil {
			problems = append(problems, fmt.Errorf("query %s: %w", q.Name, err))
		}
	}
	if err := p.alerts(ctx, g); err != nil {
		problems = append(problems, fmt.Errorf("alerts: %w", err))
	}
	return g.readings, errors.Join(problems...)
}

// get returns the data of an answer of Prometheus' API.
func get[T any](ctx context.Context, p *prometheus, path string) (data T, err error) {
	body, err := fetch(ctx, p.client, strings.TrimSuffix(p.target.URL.Reveal(), "/")+path)
	if err != nil {
		return data, err
	}
	var answer struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   T      `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return data, fmt.Errorf("the answer is not Prometheus': %w", err)
	}
	if answer.Status != "success" {
		return data, fmt.Errorf("answered %s: %s", answer.Status, answer.Error)
	}
	return answer.Data, nil
}

// answerRow is one result of a vector.
type answerRow struct {
	Metric map[string]string  `json:"metric"`
	Value  [2]json.RawMessage `json:"value"`
}

func (p *prometheus) query(ctx context.Context, q Query, g *gather) error {
	type answer struct {
		Type   string          `json:"resultType"`
		Result json.RawMessage `json:"result"`
	}
	data, err := get[answer](ctx, p, "/api/v1/query?query="+url.QueryEscape(q.Expr))
	if err != nil {
		return err
	}
	var rows []answerRow
	switch data.Type {
	case "vector":
		if err := json.Unmarshal(data.Result, &rows); err != nil {
			return err
		}
	case "scalar":
		rows = make([]answerRow, 1)
		if err := json.Unmarshal(data.Result, &rows[0].Value); err != nil {
			return err
		}
	default:
		return fmt.Errorf("yields a %s, not a number or a vector", data.Type)
	}
	for _, r := range rows {
		value, err := strconv.ParseFloat(strings.Trim(string(r.Value[1]), `"`), 64)
		if err != nil {
			return err
		}
		if value != value { // NaN: no value, as after a division by zero
			continue
		}
		tenant, label := p.place(q.Name, r.Metric, len(rows))
		g.readings = append(g.readings, Reading{Series: "prometheus.query", Label: label, Component: g.component,
			Tenant: tenant, Value: value, Unit: q.Unit, Better: q.Better})
	}
	return nil
}

// place returns the tenant of a result, and a name that distinguishes the results of one
// query.
func (p *prometheus) place(name string, labels map[string]string, results int) (tenant, label string) {
	for _, key := range []string{"tenant", "datname", "database", "namespace"} {
		for _, t := range p.target.Tenants {
			if labels[key] == t || labels[key] != "" && labels[key] == p.target.database(t) {
				tenant = t
				delete(labels, key)
			}
		}
	}
	if tenant != "" && len(labels) == 0 || results == 1 {
		return tenant, name
	}
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		pairs = append(pairs, key+"="+labels[key])
	}
	if len(pairs) == 0 {
		return tenant, name
	}
	return tenant, name + " " + strings.Join(pairs, ",")
}

func (p *prometheus) alerts(ctx context.Context, g *gather) error {
	type answer struct {
		Alerts []struct {
			Labels map[string]string `json:"labels"`
			State  string            `json:"state"`
		} `json:"alerts"`
	}
	data, err := get[answer](ctx, p, "/api/v1/alerts")
	if err != nil {
		return err
	}
	firing := map[string]bool{}
	var fires, pends int
	for _, a := range data.Alerts {
		switch a.State {
		case "firing":
			fires++
			firing[a.Labels["alertname"]] = true
			p.seen[a.Labels["alertname"]] = true
		case "pending":
			pends++
		}
	}
	g.add("prometheus.alerts.firing", float64(fires))
	g.add("prometheus.alerts.pending", float64(pends))
	for _, name := range slices.Sorted(maps.Keys(p.seen)) {
		value := 0.0
		if firing[name] {
			value = 1
		}
		g.addLabel("prometheus.alert", name, value)
	}
	return nil
}
