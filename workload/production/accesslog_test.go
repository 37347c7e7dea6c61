package production

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.org/odooharness/workload"
)

// A user of acme opens a list and, 10, 20 and 30 s after each answer, a form. Requests of one page,
// files and buses count as no pause.
func TestAccessLog(t *testing.T) {
	line := func(at, path string, seconds float64) string {
		return fmt.Sprintf(`{"time_iso8601":"2023-05-02T%s+00:00","host":"acme.example","status":"200","request_time":"%g",`+
			`"remote_addr":"10.0.0.9","request":"POST %s HTTP/1.1"}`, at, seconds, path)
	}
	log := strings.Join([]string{
		line("09:00:00", "/web/dataset/call_kw/sale.order/web_search_read", 0),
		line("09:00:11", "/web/dataset/call_kw/sale.order/web_read?id=PRIVATE", 1), // began at 09:00:10
		line("09:00:11", "/web/dataset/call_kw/res.partner/name_search", 0),        // of the same page
		line("09:00:12", "/web/static/lib/PRIVATE.js", 0),
		line("09:00:31", "/web/dataset/call_kw/sale.order/web_read", 0),
		line("10:01:01", "/web/dataset/call_button/sale.order/action_confirm", 0), // another session
		line("10:01:31", "/web/dataset/call_kw/sale.order/web_read", 0),
		"2023/05/02 09:00:00 [error] 7#7: PRIVATE",
		"a line of no form",
	}, "\n")
	path := filepath.Join(t.TempDir(), "access.log")
	if err := os.WriteFile(path, []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	c := collector()
	if err := c.AccessLog(path); err != nil {
		t.Fatal(err)
	}
	w, err := c.Workload()
	if err != nil {
		t.Fatal(err)
	}
	day := make([]float64, 24)
	day[9], day[10] = 4.0/6, 2.0/6
	// Pauses 10, 20, 30: standard error 10/√3, t of 2 degrees of freedom 4.302653.
	want := []workload.Tenant{{Name: "acme", Journeys: []workload.Journey{}, Interactive: &workload.Interactive{Requests: 6, PerDay: 6, Day: day,
		Mix:   map[string]float64{"open_list": 1.0 / 6, "open_form": 3.0 / 6, "search_name": 1.0 / 6, "button": 1.0 / 6},
		Think: &workload.Think{Pauses: 3, Mean: workload.Estimate{Value: 20, Low: 0, High: 20 + 4.302653*5.773503}, Median: 20, P95: 30}}}}
	if diff := cmp.Diff(want, w.Tenants, cmpopts.EquateApprox(0, 1e-4)); diff != "" {
		t.Error(diff)
	}
	if text := fmt.Sprint(w.Missing); !strings.Contains(text, "1 lines in a form that is not known") {
		t.Error(text)
	}
	private(t, w)
	if err := os.WriteFile(path, []byte("hello\nworld\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := collector().AccessLog(path); err == nil || !strings.Contains(err.Error(), "2 lines have a form") {
		t.Errorf("got %v", err)
	}
}
