package business

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Operation is a method of a model.
type Operation struct {
	Run     func(context.Context, *Call) (any, error)
	names   []string      // of positional arguments, after the ids where onIDs
	onIDs   bool          // works on records
	Writes  bool          // a lost acknowledgement matters
	Heavy   bool          // holds several workers under neighbour-starvation
	median  time.Duration // Odoo's service time, measured on one client
	each    time.Duration // for every further record
	rows    string        // the argument that counts as records when there are no ids
	perRows int           // rows that one record takes in it
}

// Service is Odoo's time for so many records.
func (o Operation) Service(ids int, args Arguments) time.Duration {
	n := ids
	if o.rows != "" {
		var rows []json.RawMessage
		if json.Unmarshal(args[o.rows], &rows) == nil {
			n = max(n, len(rows)/max(1, o.perRows))
		}
	}
	return o.median + time.Duration(max(0, n-1))*o.each
}

// Catalogue is what a client can call: the models and their methods.
type Catalogue struct {
	models     map[string]model
	operations map[string]Operation
}

// NewCatalogue returns the models and methods of the embedded target.
func NewCatalogue() *Catalogue { return &Catalogue{models: models(), operations: operations()} }

// Find returns the operation of the call; methods of every model are under "*".
func (k *Catalogue) Find(c *Call) (Operation, error) {
	if strings.HasPrefix(c.Method, "_") {
		return Operation{}, &Error{"odoo.exceptions.AccessError",
			fmt.Sprintf("Private methods (such as '%s.%s') cannot be called remotely.", c.Model, c.Method), http.StatusForbidden, 200}
	}
	if op, ok := k.operations[c.Model+"."+c.Method]; ok {
		return op, nil
	}
	if _, ok := k.models[c.Model]; ok {
		if op, ok := k.operations["*."+c.Method]; ok {
			return op, nil
		}
		return Operation{}, &Error{"werkzeug.exceptions.NotFound",
			fmt.Sprintf("The method '%s' does not exist on the model '%s'", c.Method, c.Model), http.StatusNotFound, 200}
	}
	return Operation{}, &Error{"werkzeug.exceptions.NotFound",
		fmt.Sprintf("the model '%s' does not exist", c.Model), http.StatusNotFound, 200}
}

// operations is every method that can be called. Medians are those measured on
// Odoo 19 with one client and three-line orders, in milliseconds; each is what a
// further record of the same call costs there.
func operations() map[string]Operation {
	ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
	domain := []string{"domain", "fields", "offset", "limit", "order"}
	ops := map[string]Operation{
		"*.search_read":  {Run: searchRead, names: domain, median: ms(19)},
		"*.search":       {Run: search, names: []string{"domain", "offset", "limit", "order"}, median: ms(12)},
		"*.search_count": {Run: searchCount, names: []string{"domain", "limit"}, median: ms(10)},
		"*.read":         {Run: read, names: []string{"fields", "load"}, onIDs: true, median: ms(12)},
		"*.web_search_read": {Run: webSearchRead, names: []string{"domain", "specification", "offset", "limit", "order"},
			median: ms(11)},
		"*.web_read":     {Run: webRead, names: []string{"specification"}, onIDs: true, median: ms(12)},
		"*.name_search":  {Run: nameSearch, names: []string{"name", "domain", "operator", "limit"}, median: ms(10)},
		"*.get_views":    {Run: getViews, names: []string{"views", "options"}, median: ms(40)},
		"*.message_post": {Run: postMessage, names: []string{"body"}, onIDs: true, median: ms(45)},
		"ir.attachment.create": {Run: createAttachments, names: []string{"vals_list"}, median: ms(30), each: ms(10),
			rows: "vals_list"},
		"*.formatted_read_group": {Run: formattedReadGroup, names: []string{"domain", "groupby", "aggregates"}, Heavy: true,
			median: ms(16)},
		"*.create": {Run: create, names: []string{"vals_list"},
			median: ms(20), each: ms(4), rows: "vals_list"},
		"*.write":               {Run: write, names: []string{"vals"}, onIDs: true, median: ms(20)},
		"*.unlink":              {Run: unlink, onIDs: true, median: ms(20)},
		"res.users.context_get": {Run: contextGet, median: ms(4)},
		"product.product.load": {Run: loadProducts, names: []string{"fields", "data"}, Heavy: true,
			median: ms(40), each: ms(4),
			rows: "data"},
		"base_import.import.create": {Run: createImports, names: []string{"vals_list"}, median: ms(15)},
		"base_import.import.execute_import": {Run: executeImport, names: []string{"fields", "columns", "options", "dryrun"},
			onIDs: true, Heavy: true, Writes: true, median: ms(120)},
		"sale.order.load": {Run: loadOrders, names: []string{"fields", "data"}, Heavy: true, median: ms(60), each: ms(12),
			rows: "data", perRows: 2},
	}
	for name, op := range businessOperations(ms) {
		ops[name] = op
	}
	for name, op := range transferOperations(ms) {
		ops[name] = op
	}
	return ops
}

// businessOperations are the methods that the typed calls of package odoo use.
func businessOperations(ms func(int) time.Duration) map[string]Operation {
	return map[string]Operation{
		"stock.quant.create": {Run: createQuants, names: []string{"vals_list"},
			median: ms(30), each: ms(8), rows: "vals_list"},
		"stock.quant.write":                  {Run: countQuants, names: []string{"vals"}, onIDs: true, median: ms(30), each: ms(8)},
		"stock.quant.action_apply_inventory": {Run: applyInventory, onIDs: true, median: ms(60), each: ms(15)},
		"sale.order.create": {Run: createOrders, names: []string{"vals_list"}, Writes: true, median: ms(92), each: ms(18),
			rows: "vals_list"},
		"sale.order.action_confirm": {Run: confirmOrders, onIDs: true, Writes: true,
			median: ms(175), each: ms(77)},
		"sale.order.action_cancel":    {Run: cancelOrders, onIDs: true, median: ms(80), each: ms(20)},
		"stock.picking.action_assign": {Run: assignPickings, onIDs: true, median: ms(60), each: ms(20)},
		"stock.picking.button_validate": {Run: validatePickings, onIDs: true, Writes: true,
			median: ms(104), each: ms(20)},
		"stock.picking.action_cancel": {Run: cancelPickings, onIDs: true, median: ms(50), each: ms(10)},
		"stock.move.line.search_read": {Run: searchRead, names: []string{"domain", "fields", "offset", "limit", "order"},
			median: ms(24)},
		"stock.move.line.write": {Run: writeMoveLines, names: []string{"vals"}, onIDs: true,
			median: ms(47), each: ms(8)},
		"stock.quant.search_read": {Run: searchRead, names: []string{"domain", "fields", "offset", "limit", "order"},
			median: ms(10)},
		"stock.return.picking.create":                    {Run: createReturnWizard, names: []string{"vals_list"}, median: ms(30)},
		"stock.return.picking.action_create_returns_all": {Run: createReturn, onIDs: true, Writes: true, median: ms(120)},
		"stock.backorder.confirmation.create": {Run: createBackorderWizard, names: []string{"vals_list"},
			median: ms(15)},
		"stock.backorder.confirmation.process": {Run: processBackorder, onIDs: true, Writes: true,
			median: ms(110)},
		"sale.advance.payment.inv.create": {Run: createInvoiceWizard, names: []string{"vals_list"},
			median: ms(23)},
		"sale.advance.payment.inv.create_invoices": {Run: createInvoices, onIDs: true, Writes: true, Heavy: true,
			median: ms(235)},
		"account.move.action_post": {Run: postMoves, onIDs: true, Writes: true,
			median: ms(157), each: ms(43)},
		"account.payment.register.create": {Run: createPaymentWizard, names: []string{"vals_list"},
			median: ms(25)},
		"account.payment.register.action_create_payments": {Run: createPayments, onIDs: true, Writes: true,
			median: ms(180)},
		"purchase.order.create": {Run: createPurchases, names: []string{"vals_list"}, Writes: true,
			median: ms(90), each: ms(18),
			rows: "vals_list"},
		"purchase.order.button_confirm": {Run: confirmPurchases, onIDs: true, Writes: true, median: ms(160), each: ms(60)},
	}
}

// transferOperations are the methods of lots, packages, putaway and batches.
func transferOperations(ms func(int) time.Duration) map[string]Operation {
	return map[string]Operation{
		"stock.location.create":              {Run: createLocations, names: []string{"vals_list"}, median: ms(25)},
		"stock.picking.create":               {Run: createPickings, names: []string{"vals_list"}, Writes: true, median: ms(60)},
		"stock.picking.write":                {Run: writePickings, names: []string{"vals"}, onIDs: true, median: ms(60)},
		"stock.picking.action_confirm":       {Run: confirmPickings, onIDs: true, median: ms(50), each: ms(10)},
		"stock.picking.action_put_in_pack":   {Run: putInPack, onIDs: true, Writes: true, median: ms(60)},
		"stock.picking.batch.create":         {Run: createBatches, names: []string{"vals_list"}, median: ms(40)},
		"stock.picking.batch.action_confirm": {Run: confirmBatches, onIDs: true, median: ms(60)},
		"stock.picking.batch.action_done":    {Run: finishBatches, onIDs: true, Writes: true, median: ms(200)},
	}
}

func contextGet(_ context.Context, c *Call) (any, error) {
	return map[string]any{"lang": "en_US", "tz": "UTC", "uid": c.UID}, nil
}
