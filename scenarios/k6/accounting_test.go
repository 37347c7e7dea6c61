package k6

import (
	"testing"

	"example.org/odooharness/scenarios/wire"
)

// An invoice whose reference could not be read is still that of its only order; of
// several orders nobody knows whose it is.
func TestOnlyInvoiceHasTheOrdersReference(t *testing.T) {
	unread := []*wire.Document{{ID: 5}}
	nameOnly(unread, []*wire.Document{{ID: 1, Ref: "S1"}})
	if unread[0].Ref != "S1" {
		t.Errorf("got %q, want S1", unread[0].Ref)
	}
	joint := []*wire.Document{{ID: 5}}
	nameOnly(joint, []*wire.Document{{ID: 1, Ref: "S1"}, {ID: 2, Ref: "S2"}})
	if joint[0].Ref != "" {
		t.Errorf("got %q for an invoice of two orders, want none", joint[0].Ref)
	}
}
