package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// Connect logs in to a tenant's Odoo. The caller calls done at the end.
type Connect func(ctx context.Context) (client *odoo.Client, done func(), err error)

// apiReader reads a tenant back through Odoo's own API, for users without access to the
// database. Each answer is of its own instant. A request covers apiChunk references. A
// law that needs tables cannot be checked. The number of times that goods moved is not
// read: an order is shipped or it is not.
type apiReader struct {
	client *odoo.Client
	done   func()
}

const (
	apiChunk = 200  // references a request
	apiPage  = 1000 // records an answer
)

func openAPI(ctx context.Context, connect Connect) (*apiReader, error) {
	client, done, err := connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("log in: %w", err)
	}
	return &apiReader{client: client, done: done}, nil
}

func (r *apiReader) close(context.Context) error {
	r.done()
	return nil
}

// check knows one law without SQL: reserved-within-stock. Rows of one product, place,
// lot, package and owner add up, since Odoo merges them later.
func (r *apiReader) check(ctx context.Context, l law) checked {
	if l.name != reservedWithinStock().name {
		return checked{absent: "the setup names no DSN of the tenant (dsnEnv)"} // a DSN is optional
	}
	quants, err := r.find(ctx, "stock.quant", `[["location_id.usage","=","internal"]]`, "id", "quantity", "reserved_quantity",
		"product_id", "location_id", "lot_id", "package_id", "owner_id")
	if err != nil {
		return checked{err: err}
	}
	type stock struct {
		have, reserved float64
		name           string
	}
	var order []string
	all := map[string]*stock{}
	for _, q := range quants {
		key := ""
		for _, field := range []string{"product_id", "location_id", "lot_id", "package_id", "owner_id"} {
			key += q.Get(field+".0").String() + " "
		}
		if all[key] == nil {
			order = append(order, key)
			all[key] = &stock{name: fmt.Sprintf("stock.quant %d", q.Get("id").Int())}
		}
		all[key].have += q.Get("quantity").Float()
		all[key].reserved += q.Get("reserved_quantity").Float()
	}
	const tolerance = 0.0001 // as the SQL's
	var found checked
	for _, key := range order {
		if s := all[key]; s.reserved > tolerance && s.reserved > s.have+tolerance || s.reserved < -tolerance {
			found.violations = append(found.violations, violation{key: key, size: max(s.reserved-s.have, -s.reserved),
				document: fmt.Sprintf("%s: %g reserved of %g", s.name, s.reserved, s.have)})
		}
	}
	return found
}

// seen returns how often the write of each reference was done.
func (r *apiReader) seen(ctx context.Context, op results.Op, refs []string) (map[string]int, error) {
	found := map[string]int{}
	for chunk := range slices.Chunk(refs, apiChunk) {
		var err error
		switch op {
		case results.OpOrder, results.OpConfirm, results.OpCancel, results.OpShip, results.OpInvoice, results.OpPost:
			err = r.sales(ctx, op, chunk, found)
		case results.OpPurchase, results.OpReceive:
			err = r.purchases(ctx, op, chunk, found)
		default:
			err = errors.New("cannot be read back over the API; name a DSN of the tenant")
		}
		if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// sales reads sale orders by reference, and what follows from them by the orders.
func (r *apiReader) sales(ctx context.Context, op results.Op, refs []string, found map[string]int) error {
	orders, err := r.find(ctx, "sale.order", `[["client_order_ref","in",`+list(refs)+`]]`, "name", "state", "client_order_ref")
	if err != nil {
		return err
	}
	byID, byName := map[int64]string{}, map[string]string{}
	var ids, names []string
	for _, o := range orders {
		ref := o.Get("client_order_ref").String()
		byID[o.Get("id").Int()], byName[o.Get("name").String()] = ref, ref
		ids, names = append(ids, strconv.FormatInt(o.Get("id").Int(), 10)), append(names, o.Get("name").String())
		if stands(op, o.Get("state").String()) {
			found[ref]++
		}
	}
	switch {
	case op == results.OpOrder || op == results.OpConfirm || op == results.OpCancel || len(orders) == 0:
		return nil
	case op == results.OpShip:
		return r.transfers(ctx, "sale_id", "outgoing", ids, byID, found)
	}
	domain := `[["move_type","=","out_invoice"],["state","!=","cancel"],["invoice_origin","in",` + list(names) + `]]`
	invoices, err := r.find(ctx, "account.move", domain, "state", "invoice_origin")
	for _, i := range invoices {
		if op == results.OpInvoice || i.Get("state").String() == "posted" {
			found[byName[i.Get("invoice_origin").String()]]++
		}
	}
	return err
}

// stands reports whether the state of an order shows a write to it. An order that was
// cancelled after its confirmation has no state that shows it was confirmed: it counts.
func stands(op results.Op, state string) bool {
	switch op {
	case results.OpOrder:
		return true
	case results.OpConfirm:
		return state == "sale" || state == "done" || state == "cancel"
	case results.OpCancel:
		return state == "cancel"
	}
	return false
}

func (r *apiReader) purchases(ctx context.Context, op results.Op, refs []string, found map[string]int) error {
	orders, err := r.find(ctx, "purchase.order", `[["partner_ref","in",`+list(refs)+`]]`, "partner_ref")
	if err != nil {
		return err
	}
	byID := map[int64]string{}
	var ids []string
	for _, o := range orders {
		byID[o.Get("id").Int()] = o.Get("partner_ref").String()
		ids = append(ids, strconv.FormatInt(o.Get("id").Int(), 10))
		if op == results.OpPurchase {
			found[o.Get("partner_ref").String()]++
		}
	}
	if op == results.OpPurchase || len(ids) == 0 {
		return nil
	}
	return r.transfers(ctx, "purchase_id", "incoming", ids, byID, found)
}

// transfers counts an order once when a transfer of it is done. A backorder is one more
// transfer, not a duplicate.
func (r *apiReader) transfers(
	ctx context.Context, link, direction string, ids []string, byID map[int64]string, found map[string]int,
) error {
	domain := `[["` + link + `","in",[` + strings.Join(ids, ",") + `]],["state","=","done"],` +
		`["picking_type_code","=","` + direction + `"]]`
	pickings, err := r.find(ctx, "stock.picking", domain, link)
	for _, p := range pickings {
		found[byID[p.Get(link+".0").Int()]] = 1
	}
	return err
}

// find reads all records of a domain, page by page.
func (r *apiReader) find(ctx context.Context, model, domain string, fields ...string) ([]gjson.Result, error) {
	var all []gjson.Result
	for {
		named := fmt.Sprintf(`"domain":%s,"fields":%s,"limit":%d,"offset":%d,"order":"id"`, domain, list(fields), apiPage, len(all))
		a := r.client.Call(ctx, model, "search_read", nil, named, "")
		if !a.OK() {
			return nil, fmt.Errorf("read %s: %w", model, a.Err())
		}
		// The client's buffer serves the next call.
		page := gjson.Parse(strings.Clone(string(a.Result))).Array()
		all = append(all, page...)
		if len(page) < apiPage {
			return all, nil
		}
	}
}

// list returns a JSON list of texts.
func list(texts []string) string {
	raw, err := json.Marshal(texts)
	if err != nil {
		return "[]" // texts always encode
	}
	return string(raw)
}
