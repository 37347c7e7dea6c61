package wire

import (
	"encoding/json"
	"testing"

	"example.org/odooharness/results"
)

func TestSplit(t *testing.T) {
	s := Spec{Tenants: []Tenant{{Tenant: results.Tenant{Name: "t1"}}, {Tenant: results.Tenant{Name: "t1_eu"}}}}
	for _, c := range []struct {
		scenario        string
		tags            map[string]string
		tenant, journey string
	}{
		{"t1_orders", nil, "t1", "orders"},
		{"anything", map[string]string{"tenant": "t1_eu", "journey": "returns"}, "t1_eu", "returns"},
		{"t1_eu_orders", map[string]string{"tenant": "t1_eu"}, "t1_eu", "orders"},
		{"shop", nil, "", "shop"},
	} {
		if tenant, journey := s.Split(c.scenario, c.tags); tenant != c.tenant || journey != c.journey {
			t.Errorf("%s: got %s %s, want %s %s", c.scenario, tenant, journey, c.tenant, c.journey)
		}
	}
	single := Spec{Tenants: []Tenant{{Tenant: results.Tenant{Name: "main"}}}}
	if tenant, journey := single.Split("shop", nil); tenant != "main" || journey != "shop" {
		t.Errorf("got %s %s, want main shop", tenant, journey)
	}
}

func TestNeeds(t *testing.T) {
	extension, problems := ParseExtension(json.RawMessage(
		`{"landmarks":{"cutoff":80},"seed":{"products":40,"shipments":{"perArrival":{"shipping":1.5},"spare":2}}}`))
	if len(problems) != 0 {
		t.Fatal(problems)
	}
	o := Outline{Needs: extension.Seed, Planned: []results.Load{
		{Tenant: "t1", Journey: "shipping", Planned: 7}, {Tenant: "t2", Journey: "shipping", Planned: 90},
	}}
	// 7·1.5 + 2 = 12.5
	for pool, want := range map[string]int{Products: 40, Shipments: 13, Posted: 0} {
		if got := o.Count("t1", pool); got != want {
			t.Errorf("%s: got %d, want %d", pool, got, want)
		}
	}
	for _, bad := range []string{`{"seed":{"products":"many"}}`, `{"seed":{"shipments":{"per":1}}}`, `{"seed":{"cars":1}}`,
		`{"landmarks":{"a":-1}}`, `{"landmark":{}}`} {
		if _, problems := ParseExtension(json.RawMessage(bad)); len(problems) == 0 {
			t.Errorf("accepted: %s", bad)
		}
	}
}
