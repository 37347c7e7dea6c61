package k6

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/grafana/sobek"
	"go.k6.io/k6/js/modules"
)

// scriptOnly is a virtual user's access to k6 that has its JavaScript alone.
type scriptOnly struct {
	modules.VU
	runtime *sobek.Runtime
}

func (s scriptOnly) Runtime() *sobek.Runtime { return s.runtime }

// The object that scripts import behaves as one that has all functions. It has made those that
// were used.
func TestExports(t *testing.T) {
	rt := sobek.New()
	e := &exports{made: map[string]sobek.Value{}, user: &virtualUser{functions: functions(), vu: scriptOnly{runtime: rt}}}
	if err := rt.Set("odoo", rt.NewDynamicObject(e)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		script string
		want   any
	}{
		{`Object.keys(odoo).slice(0, 3).join()`, "attach,batchTransfer,call"},
		{`Object.keys(odoo).length > 40`, true},
		{`'ship' in odoo`, true},
		{`'shipped' in odoo`, false},
		{`typeof odoo.call`, "function"},
		{`odoo.call === odoo.call`, true},
		{`odoo.call = 1; typeof odoo.call`, "function"},
		{`delete odoo.call; typeof odoo.call`, "function"},
		{`const { order } = odoo; order === odoo.order`, true},
		{`typeof odoo.calls`, "undefined"},
		{`try { odoo.calls() } catch (e) { e.constructor.name }`, "TypeError"},
	} {
		got, err := rt.RunString(c.script)
		if err != nil || got.Export() != c.want {
			t.Errorf("%s: %v, %v; want %v", c.script, got, err, c.want)
		}
	}
	if got := strings.Join(slices.Sorted(maps.Keys(e.made)), " "); got != "call order" {
		t.Errorf("made %s, want call and order", got)
	}
}
