package local_test

import (
	"io/fs"
	"net/http/httptest"
	"testing"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/lab/carrier"
)

// A carrier that is set to fail or to double is shown to, and works afterwards.
func TestCarrierControl(t *testing.T) {
	server := httptest.NewServer(carrier.New(1))
	defer server.Close()
	proxy, err := local.NewProxy("shared/carrier", "127.0.0.1:0", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = proxy.Close(t.Context()) }()
	part := local.Part{Proxy: proxy, Component: chaos.Component{Name: "shared/carrier", Kind: "carrier",
		Labels: map[string]string{"app.kubernetes.io/name": "carrier", "app.kubernetes.io/part-of": "odoo-lab"}}}
	driver := local.New([]local.Part{part})
	for _, name := range []string{"carrier-failing", "carrier-doubling"} {
		raw, err := fs.ReadFile(chaos.Catalogue(), name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		m, err := manifest.Parse(name, raw)
		if err != nil {
			t.Fatal(err)
		}
		fault, err := driver.Fault(m, []chaos.Component{part.Component})
		if err != nil {
			t.Fatal(err)
		}
		if err := fault.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		check := func(when string, wantShown, wantGone bool) {
			t.Helper()
			proof, err := fault.InEffect(t.Context())
			if err != nil || proof.Shown != wantShown {
				t.Errorf("%s %s: in effect %+v, %v; want %v", name, when, proof, err, wantShown)
			}
			gone, err := fault.Recovered(t.Context())
			if err != nil || gone.Shown != wantGone {
				t.Errorf("%s %s: gone %+v, %v; want %v", name, when, gone, err, wantGone)
			}
		}
		check("before", false, true)
		if err := fault.Inject(t.Context()); err != nil {
			t.Fatal(err)
		}
		check("injected", true, false)
		if err := fault.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		check("recovered", false, true)
	}
}
