package k6

import (
	"context"
	"strconv"

	"github.com/grafana/sobek"

	"example.org/odooharness/odoo"
	"example.org/odooharness/scenarios/wire"
)

// importProducts(n) loads n new products, as from a spreadsheet. Their default_code
// is the import's reference with a number: REF-1, REF-2, ...
func (u *virtualUser) importProducts(c sobek.FunctionCall) sobek.Value {
	ref, fields, rows := u.newProducts(c)
	return u.load("product.product", ref, fields, rows)
}

// importFile(n) is importProducts(n) as a CSV file through base_import, as EDI gateways and
// the import screen send it.
func (u *virtualUser) importFile(c sobek.FunctionCall) sobek.Value {
	ref, fields, rows := u.newProducts(c)
	return u.imported(ref, func(ctx context.Context, client *odoo.Client) ([]int64, odoo.Answer) {
		return client.ImportFile(ctx, "product.product", ref+".csv", fields, rows)
	})
}

// newProducts are the rows of an import of products.
func (u *virtualUser) newProducts(c sobek.FunctionCall) (ref string, fields []string, rows [][]string) {
	u.current()
	ref = u.ref()
	rows = make([][]string, u.count(c.Argument(0), 100))
	for i := range rows {
		code := ref + "-" + strconv.Itoa(i+1)
		rows[i] = []string{"Imported " + code, code, strconv.Itoa(5 + i%50)}
	}
	return ref, []string{"name", "default_code", "list_price"}, rows
}

// importOrders(n) loads n draft sales orders of one line. Their client_order_ref is
// the import's reference with a number.
func (u *virtualUser) importOrders(c sobek.FunctionCall) sobek.Value {
	u.current()
	ref := u.ref()
	rows := make([][]string, u.count(c.Argument(0), 50))
	for i := range rows {
		line := u.randomLines(1)[0]
		rows[i] = []string{
			strconv.FormatInt(u.randomPartner(), 10), ref + "-" + strconv.Itoa(i+1), strconv.FormatInt(line.Product, 10), "1",
		}
	}
	fields := []string{"partner_id/.id", "client_order_ref", "order_line/product_id/.id", "order_line/product_uom_qty"}
	return u.load("sale.order", ref, fields, rows)
}

// importRows(model, fields, rows, ref?) loads any rows. ref names the import in the
// journal; the script puts it into the rows.
func (u *virtualUser) importRows(c sobek.FunctionCall) sobek.Value {
	u.current()
	var rows [][]string
	u.each(u.object(c.Argument(2), "rows as a list of lists"), func(row sobek.Value) bool {
		rows = append(rows, u.strings(row))
		return true
	})
	ref := u.ref()
	if !empty(c.Argument(3)) {
		ref = c.Argument(3).String()
	}
	return u.load(c.Argument(0).String(), ref, u.strings(c.Argument(1)), rows)
}

// load is the step "import". It returns the documents, null when Odoo refused the
// rows or did not answer.
func (u *virtualUser) load(model, ref string, fields []string, rows [][]string) sobek.Value {
	return u.imported(ref, func(ctx context.Context, client *odoo.Client) ([]int64, odoo.Answer) {
		return client.Import(ctx, model, fields, rows)
	})
}

func (u *virtualUser) imported(ref string, send func(context.Context, *odoo.Client) ([]int64, odoo.Answer)) sobek.Value {
	var ids []int64
	a := u.step("import", []write{{ref: ref}}, func(ctx context.Context, client *odoo.Client) (a odoo.Answer) {
		ids, a = send(ctx, client)
		return a
	})
	if !a.OK() {
		return sobek.Null()
	}
	list := make([]*wire.Document, len(ids))
	for i, id := range ids {
		list[i] = &wire.Document{ID: id, Ref: ref}
	}
	return u.values(list)
}
