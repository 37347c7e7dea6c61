package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/workload"
)

// recorded is a workload of one tenant with four weeks of orders.
func recorded(t *testing.T) workload.Workload {
	t.Helper()
	h := &workload.History{}
	begin := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 80 * 7 {
		h.Add(begin.AddDate(0, 0, i).Add(10*time.Hour), 30+i%5)
		h.AddLines(2, 30)
	}
	j, missing, err := workload.Fit(workload.Orders, h, time.UTC, 1)
	if err != nil {
		t.Fatal(err)
	}
	return workload.Workload{Version: workload.Version, Timezone: "UTC", Missing: missing,
		Sources: []workload.Source{{Kind: "database", Name: "t1", Odoo: "19.0", From: "2024-01-01", To: "2025-07-13", Documents: 17920, ReadOnly: true}},
		Tenants: []workload.Tenant{{Name: "t1", Journeys: []workload.Journey{j}, Interactive: &workload.Interactive{Requests: 9, PerDay: 1,
			Mix: map[string]float64{"open_list": 1}, Day: j.Day.Value,
			Think: &workload.Think{Pauses: 3, Mean: workload.Estimate{Value: 5, Low: 4, High: 6}, Median: 4, P95: 9}}}}}
}

// What is written conforms to its schema and is read back as it was.
func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "workload.yaml")
	want := recorded(t)
	if err := Write(path, want); err != nil {
		t.Fatal(err)
	}
	got, input, err := ReadWorkload(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" || len(input.SHA256) != 64 {
		t.Errorf("digest %q %s", input.SHA256, diff)
	}
	forecast, err := want.Forecast(workload.Peak{Date: "2025-08-04"})
	if err != nil {
		t.Fatal(err)
	}
	forecast.Workload = &workload.Input{Path: path, SHA256: input.SHA256}
	path = filepath.Join(t.TempDir(), "forecast.yaml")
	if err := Write(path, forecast); err != nil {
		t.Fatal(err)
	}
	again, _, err := ReadForecast(path)
	if diff := cmp.Diff(forecast, again); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

// Each mistake is reported with its line and field.
func TestStrict(t *testing.T) {
	data, err := Encode(recorded(t))
	if err != nil {
		t.Fatal(err)
	}
	for old, row := range map[string][2]string{
		"documents: 17920\n": {"documents: 17920\n    password: x\n", "sources.0.password"},
		"busiest: [31, ":     {"busiest: [", "busiest hours for 558 days"},
		"timezone: UTC":      {"timezone: 1", "timezone"},
		"name: orders":       {"name: order", "name"},
		"open_list: 1":       {"open_list: 2", "interactive.mix.open_list"},
	} {
		broken := strings.Replace(string(data), old, row[0], 1)
		if broken == string(data) {
			t.Errorf("%q is not in the file", old)
		}
		path := filepath.Join(t.TempDir(), "workload.yaml")
		if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadWorkload(path); err == nil || !strings.Contains(err.Error(), row[1]) || !strings.Contains(err.Error(), "workload.yaml:") {
			t.Errorf("%s: got %v, want %s", row[0], err, row[1])
		}
	}
}
