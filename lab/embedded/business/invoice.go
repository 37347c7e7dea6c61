package business

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"example.org/odooharness/lab/embedded/weakness"
)

// The accounts and journals of the embedded target's chart.
const (
	salesAccount      = 1
	receivableAccount = 2
	bankAccount       = 3
	salesJournal      = 1
	bankJournal       = 7
)

// commandIDs reads the commands [[6, 0, ids]] and [[4, id], ...], or plain ids.
func commandIDs(raw json.RawMessage) ([]int64, error) {
	var ids []int64
	if json.Unmarshal(raw, &ids) == nil {
		return ids, nil
	}
	var commands [][]json.RawMessage
	if err := json.Unmarshal(raw, &commands); err != nil {
		return nil, BadArguments(fmt.Errorf("commands: %w", err))
	}
	for _, command := range commands {
		var id int64
		var set []int64
		switch {
		case len(command) == 3 && string(command[0]) == "6" && json.Unmarshal(command[2], &set) == nil:
			ids = append(ids, set...)
		case len(command) >= 2 && string(command[0]) == "4" && json.Unmarshal(command[1], &id) == nil:
			ids = append(ids, id)
		default:
			return nil, BadArguments(fmt.Errorf("commands: only [6, 0, ids] and [4, id] are known, not %s", raw))
		}
	}
	return ids, nil
}

func createInvoiceWizard(ctx context.Context, c *Call) (any, error) {
	list, single, err := c.valuesOf()
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, vals := range list {
		orders, err := commandIDs(vals["sale_order_ids"])
		if err != nil {
			return nil, err
		}
		consolidated, err := argument[bool](Arguments(vals), "consolidated_billing")
		if err != nil {
			return nil, err
		}
		var id int64
		err = c.row(ctx, `insert into sale_advance_payment_inv (advance_payment_method, consolidated_billing, sale_order_ids)
			values ('delivered', $1, $2) returning id`, consolidated, orders).Scan(&id)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return answerIDs(ids, single), nil
}

// createInvoices makes a draft invoice for every order of the wizard with
// something to invoice, and answers with the action that shows them.
//
// What is left to invoice is read under a lock of the lines: of two calls for one
// order the second finds nothing. The weakness double-invoice does not look.
func createInvoices(ctx context.Context, c *Call) (any, error) {
	orders, err := c.numbers(ctx, "select unnest(sale_order_ids) from sale_advance_payment_inv where id = any($1)", c.IDs)
	if err != nil {
		return nil, err
	}
	orders = sorted(orders)
	// The time for bulk is that of the orders, which the wizard's id does not contain.
	c.Server.Spend(ctx, time.Duration(max(0, len(orders)-1))*52*time.Millisecond)
	var invoices []int64
	for _, order := range orders {
		id, err := c.invoice(ctx, order)
		if err != nil {
			return nil, err
		}
		if id != 0 {
			invoices = append(invoices, id)
		}
	}
	action := map[string]any{"type": "ir.actions.act_window", "name": "Customer Invoices", "res_model": "account.move"}
	switch len(invoices) {
	case 0:
		return nil, userError("Cannot create an invoice. No items are available to invoice.")
	case 1:
		action["res_id"], action["view_mode"] = invoices[0], "form"
	default:
		action["domain"], action["view_mode"] = []any{[]any{"id", "in", invoices}}, "list,form"
	}
	return action, nil
}

// invoice makes the draft of one order, 0 when there is nothing to invoice.
func (c *Call) invoice(ctx context.Context, order int64) (id int64, err error) {
	type row struct {
		ID, Product     int64
		Name            string
		Quantity, Price float64
	}
	quantity := "product_uom_qty - qty_invoiced"
	if c.Server.Has(weakness.DoubleInvoice) {
		quantity = "product_uom_qty"
	}
	lines, err := collect[row](ctx, c, fmt.Sprintf(`select id, product_id, name, %[1]s, price_unit from sale_order_line
		where order_id = $1 and %[1]s > 0 order by id for update`, quantity), order)
	if err != nil || len(lines) == 0 {
		return 0, err
	}
	err = c.row(ctx, `insert into account_move (name, ref, invoice_origin, move_type, partner_id, journal_id, invoice_date)
		select '/', client_order_ref, name, 'out_invoice', partner_id, $2, current_date from sale_order
		where id = $1 and state = 'sale' returning id`, order, salesJournal).Scan(&id)
	if noRows(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	total := 0.0
	for _, l := range lines {
		amount := l.Quantity * l.Price
		total += amount
		_, err := c.exec(ctx, `insert into account_move_line (move_id, account_id, product_id, name, quantity, price_unit,
			price_total,
			credit, balance, sale_line_id, display_type, journal_id) values ($1, $2, $3, $4, $5, $6, $7::float8, $7, -$7, $8,
			'product', $9)`,
			id, salesAccount, l.Product, l.Name, l.Quantity, l.Price, amount, l.ID, salesJournal)
		if err != nil {
			return 0, err
		}
	}
	if err := c.balance(ctx, id, receivableAccount, salesJournal, total, 0); err != nil {
		return 0, err
	}
	if _, err := c.exec(ctx, "update account_move set amount_total = $2 where id = $1", id, total); err != nil {
		return 0, err
	}
	_, err = c.exec(ctx, "update sale_order_line set qty_invoiced = product_uom_qty where order_id = $1", order)
	if err == nil {
		_, err = c.exec(ctx, "update sale_order set invoice_status = 'invoiced' where id = $1", order)
	}
	return id, err
}

// balance adds a line without a product.
func (c *Call) balance(ctx context.Context, move int64, account, journal int, debit, credit float64) error {
	_, err := c.exec(ctx, `insert into account_move_line (move_id, account_id, debit, credit, balance, display_type, journal_id)
		values ($1, $2, $3::float8, $4::float8, $3::float8 - $4::float8, 'payment_term',
		$5)`, move, account, debit, credit, journal)
	return err
}
