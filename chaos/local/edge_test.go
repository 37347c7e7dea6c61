package local_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/chaos/local"
)

// recorder notes where toxics were added.
type recorder struct {
	still
	name  string
	added *[]string
}

func (r recorder) AddToxic(_ context.Context, _, kind, direction string, _ map[string]float64) error {
	*r.added = append(*r.added, r.name+" "+kind+" "+direction)
	return nil
}

func TestDirections(t *testing.T) {
	odoo := "\n  target: {mode: all, selector: {labelSelectors: {app.kubernetes.io/name: odoo}}}"
	postgres := "\n  target: {mode: all, selector: {labelSelectors: {app.kubernetes.io/name: postgresql}}}"
	users := "\n  target: {mode: all, selector: {expressionSelectors: " +
		"[{key: app.kubernetes.io/name, operator: In, values: [odoo, connector]}]}}"
	for _, test := range []struct {
		name, label, spec string
		want              []string // added, or
		refused           string   // part of the error
	}{
		{"answers of the server", "postgresql", "", []string{"t1/postgres latency downstream"}, ""},
		{"requests to the server", "postgresql", "\n  direction: from" + odoo, []string{"t1/postgres latency upstream"}, ""},
		{"both ways", "redis", "\n  direction: both" + users,
			[]string{"t1/redis latency downstream", "t1/redis latency upstream"}, ""},
		{"what the client sends", "odoo", "\n  direction: to" + postgres, []string{"t1/postgres latency upstream"}, ""},
		{"what the client receives", "odoo", "\n  direction: from" + postgres, []string{"t1/postgres latency downstream"}, ""},
		{"a client without a peer", "odoo", "", nil, "spec.target: missing"},
		{"one of two callers", "redis", odoo, nil, "also carries t1/connector"},
		{"no conversation", "ingress", postgres, nil, "matches nothing that talks to t1/ingress"},
		{"no proxy", "connector", "", nil, "spec.target: missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var added []string
			var parts []local.Part
			for _, part := range lab() {
				if !strings.HasPrefix(part.Name, "t1/") {
					continue
				}
				if part.Proxy != nil {
					part.Proxy = recorder{name: part.Name, added: &added}
				}
				parts = append(parts, part)
			}
			m := parse(t, "NetworkChaos", test.label, "database",
				"  action: delay\n  delay: {latency: 5ms}\n  duration: 1s"+test.spec)
			driver := local.New(parts)
			targets, err := driver.Check(t.Context(), m)
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) {
					t.Fatalf("got %v, want a refusal with %q", err, test.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			fault, err := driver.Fault(m, targets)
			if err != nil {
				t.Fatal(err)
			}
			if err := fault.Inject(t.Context()); err != nil {
				t.Fatal(err)
			}
			slices.Sort(added)
			if !slices.Equal(added, test.want) {
				t.Errorf("got %v, want %v", added, test.want)
			}
		})
	}
}
