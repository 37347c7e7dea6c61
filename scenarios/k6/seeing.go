package k6

import (
	"context"

	"github.com/grafana/sobek"

	"example.org/odooharness/odoo"
)

// see(order, state = "sale") reads an order back by its reference, like a user's next
// screen, and returns whether it shows the acknowledged state. The answer is journalled. A
// read that does not show the state is stale.
func (u *virtualUser) see(c sobek.FunctionCall) sobek.Value {
	d := u.document(c.Argument(0), "see()")
	want := "sale"
	if v := c.Argument(1); !empty(v) {
		want = v.String()
	}
	it := u.current()
	pending := u.process.recorder.Attempt(it.tenant.Name, "see", d.Ref, d.ID)
	shown := ""
	a := u.step("see", nil, func(ctx context.Context, client *odoo.Client) (a odoo.Answer) {
		shown, a = client.OrderState(ctx, d.Ref)
		return a
	})
	pending.Seen(a.Outcome, shown != want)
	return u.vu.Runtime().ToValue(a.OK() && shown == want)
}
