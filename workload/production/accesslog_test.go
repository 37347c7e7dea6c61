package production

import (
	"bytes"
	"compress/gzip"
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

// Rotated logs are compressed, also several one after the other. A log that ends early is an
// error: what is missing cannot be counted.
func TestAccessLogCompressed(t *testing.T) {
	pack := func(text string) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	line := `10.0.0.9 - - [02/May/2023:09:00:00 +0000] "POST /web/dataset/call_kw/sale.order/web_read HTTP/1.1" 200 612 "-" "agent"` + "\n"
	whole := pack(line + line)
	for _, test := range []struct {
		name     string
		log      []byte
		requests int
		err      string
	}{
		{"plain", []byte(line), 1, ""},
		{"compressed", whole, 2, ""},
		{"two after each other", append(pack(line), whole...), 3, ""},
		{"cut off", whole[:len(whole)-6], 0, "unexpected EOF"},
		{"its first bytes alone", whole[:4], 0, "unexpected EOF"},
		{"one byte", []byte("\x1f"), 0, "no request of a user"},
		{"empty", nil, 0, "0 lines have a form that is not known"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "access.log.1.gz")
			if err := os.WriteFile(path, test.log, 0o600); err != nil {
				t.Fatal(err)
			}
			c := collector()
			err := c.AccessLog(path)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || !strings.Contains(err.Error(), path) {
					t.Fatalf("error %v, want %q with the file's name", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			w, err := c.Workload()
			if err != nil {
				t.Fatal(err)
			}
			if got := w.Tenants[0].Interactive.Requests; int(got) != test.requests {
				t.Errorf("%v requests, want %d", got, test.requests)
			}
		})
	}
}
