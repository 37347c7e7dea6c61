package embedded

import (
	"context"
	"time"
)

// operations is every method that can be called. Medians are those measured on
// Odoo 19 with one client and three-line orders, in milliseconds; each is what a
// further record of the same call costs there.
func operations() map[string]operation {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	domain := []string{"domain", "fields", "offset", "limit", "order"}
	ops := map[string]operation{
		"*.search_read":  {run: searchRead, names: domain, median: ms(19)},
		"*.search":       {run: search, names: []string{"domain", "offset", "limit", "order"}, median: ms(12)},
		"*.search_count": {run: searchCount, names: []string{"domain", "limit"}, median: ms(10)},
		"*.read":         {run: read, names: []string{"fields", "load"}, onIDs: true, median: ms(12)},
		"*.web_search_read": {run: webSearchRead, names: []string{"domain", "specification", "offset", "limit", "order"},
			median: ms(11)},
		"*.formatted_read_group": {run: formattedReadGroup, names: []string{"domain", "groupby", "aggregates"}, heavy: true,
			median: ms(16)},
		"*.create": {run: create, names: []string{"vals_list"},
			median: ms(20), each: ms(4), rows: "vals_list"},
		"*.write":               {run: write, names: []string{"vals"}, onIDs: true, median: ms(20)},
		"*.unlink":              {run: unlink, onIDs: true, median: ms(20)},
		"res.users.context_get": {run: contextGet, median: ms(4)},
		"product.product.load": {run: loadProducts, names: []string{"fields", "data"}, heavy: true,
			median: ms(40), each: ms(4),
			rows: "data"},
		"sale.order.load": {run: loadOrders, names: []string{"fields", "data"}, heavy: true, median: ms(60), each: ms(12),
			rows: "data", perRows: 2},
	}
	for name, op := range businessOperations(ms) {
		ops[name] = op
	}
	return ops
}

// businessOperations are the methods that the typed calls of package odoo use.
func businessOperations(ms func(int) time.Duration) map[string]operation {
	return map[string]operation{
		"stock.quant.create": {run: createQuants, names: []string{"vals_list"},
			median: ms(30), each: ms(8), rows: "vals_list"},
		"stock.quant.action_apply_inventory": {run: applyInventory, onIDs: true, median: ms(60), each: ms(15)},
		"sale.order.create": {run: createOrders, names: []string{"vals_list"}, writes: true, median: ms(92), each: ms(18),
			rows: "vals_list"},
		"sale.order.action_confirm": {run: confirmOrders, onIDs: true, writes: true,
			median: ms(175), each: ms(77)},
		"sale.order.action_cancel":    {run: cancelOrders, onIDs: true, median: ms(80), each: ms(20)},
		"stock.picking.action_assign": {run: assignPickings, onIDs: true, median: ms(60), each: ms(20)},
		"stock.picking.button_validate": {run: validatePickings, onIDs: true, writes: true,
			median: ms(104), each: ms(20)},
		"stock.picking.action_cancel": {run: cancelPickings, onIDs: true, median: ms(50), each: ms(10)},
		"stock.move.line.search_read": {run: searchRead, names: []string{"domain", "fields", "offset", "limit", "order"},
			median: ms(24)},
		"stock.move.line.write": {run: writeMoveLines, names: []string{"vals"}, onIDs: true,
			median: ms(47), each: ms(8)},
		"stock.quant.search_read": {run: searchRead, names: []string{"domain", "fields", "offset", "limit", "order"},
			median: ms(10)},
		"stock.backorder.confirmation.create": {run: createBackorderWizard, names: []string{"vals_list"},
			median: ms(15)},
		"stock.backorder.confirmation.process": {run: processBackorder, onIDs: true, writes: true,
			median: ms(110)},
		"sale.advance.payment.inv.create": {run: createInvoiceWizard, names: []string{"vals_list"},
			median: ms(23)},
		"sale.advance.payment.inv.create_invoices": {run: createInvoices, onIDs: true, writes: true, heavy: true,
			median: ms(235)},
		"account.move.action_post": {run: postMoves, onIDs: true, writes: true,
			median: ms(157), each: ms(43)},
		"account.payment.register.create": {run: createPaymentWizard, names: []string{"vals_list"},
			median: ms(25)},
		"account.payment.register.action_create_payments": {run: createPayments, onIDs: true, writes: true,
			median: ms(180)},
		"purchase.order.create": {run: createPurchases, names: []string{"vals_list"}, writes: true,
			median: ms(90), each: ms(18),
			rows: "vals_list"},
		"purchase.order.button_confirm": {run: confirmPurchases, onIDs: true, writes: true, median: ms(160), each: ms(60)},
	}
}

func contextGet(_ context.Context, c *call) (any, error) {
	return map[string]any{"lang": "en_US", "tz": "UTC", "uid": c.uid}, nil
}
