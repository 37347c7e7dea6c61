package telemetry

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPrometheus(t *testing.T) {
	alerts := `[{"labels":{"alertname":"Slow"},"state":"firing"},{"labels":{"alertname":"Full"},"state":"pending"}]`
	answers := map[string]string{
		"one":     `{"resultType":"vector","result":[{"metric":{"job":"odoo"},"value":[1,"0.25"]}]}`,
		"tenants": `{"resultType":"vector","result":[{"metric":{"datname":"db2"},"value":[1,"2"]},{"metric":{"datname":"t1"},"value":[1,"1"]},{"metric":{"datname":"other"},"value":[1,"9"]}]}`,
		"scalar":  `{"resultType":"scalar","result":[1,"7"]}`,
		"nan":     `{"resultType":"vector","result":[{"metric":{},"value":[1,"NaN"]}]}`,
		"range":   `{"resultType":"matrix","result":[]}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, ok := answers[r.URL.Query().Get("query")]
		switch {
		case r.URL.Path == "/api/v1/alerts":
			fmt.Fprintf(w, `{"status":"success","data":{"alerts":%s}}`, alerts)
		case ok:
			fmt.Fprintf(w, `{"status":"success","data":%s}`, data)
		default:
			http.Error(w, `{"status":"error","error":"parse error"}`, http.StatusBadRequest)
		}
	}))
	defer server.Close()
	query := func(name string) Query { return Query{Name: name, Expr: name, Unit: "s", Better: "lower"} }
	p := newPrometheus(Target{Component: "prom", URL: hide(server.URL + "/"), Tenants: []string{"t1", "t2"}, Databases: map[string]string{"t2": "db2"},
		Queries: []Query{query("one"), query("tenants"), query("scalar"), query("nan")}})
	got := read(t, p)
	for _, c := range []struct {
		series, tenant string
		want           float64
	}{
		{"prometheus.query[one]", "", 0.25}, {"prometheus.query[tenants]", "t1", 1}, {"prometheus.query[tenants]", "t2", 2},
		{"prometheus.query[tenants datname=other]", "", 9}, {"prometheus.query[scalar]", "", 7},
		{"prometheus.alerts.firing", "", 1}, {"prometheus.alerts.pending", "", 1}, {"prometheus.alert[Slow]", "", 1},
	} {
		if got := series(t, got, c.series, c.tenant); got != c.want {
			t.Errorf("%s of %q is %v, want %v", c.series, c.tenant, got, c.want)
		}
	}
	for _, r := range got {
		if strings.HasPrefix(r.Label, "nan") {
			t.Errorf("no number is read as %v", r.Value)
		}
	}
	if got[0].Unit != "s" || got[0].Better != "lower" {
		t.Errorf("unit %q, better %q: want the user's", got[0].Unit, got[0].Better)
	}
	alerts = `[]`
	if got := series(t, read(t, p), "prometheus.alert[Slow]", ""); got != 0 {
		t.Errorf("an alert that is over reads %v, want 0", got)
	}
	p.target.Queries = []Query{query("one"), query("range"), query("nonsense")}
	readings, err := p.Read(context.Background())
	if err == nil || !strings.Contains(err.Error(), "query range: yields a matrix") || !strings.Contains(err.Error(), "query nonsense: answered 400") {
		t.Errorf("got %v, want both problems", err)
	}
	if got := series(t, readings, "prometheus.query[one]", ""); got != 0.25 {
		t.Errorf("the good query reads %v next to the bad ones", got)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
