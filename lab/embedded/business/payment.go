package business

import "context"

// createPaymentWizard is account.payment.register, opened on invoices by its
// context.
func createPaymentWizard(ctx context.Context, c *Call) (any, error) {
	_, single, err := c.valuesOf()
	if err != nil {
		return nil, err
	}
	invoices, err := argument[[]int64](c.Context, "active_ids")
	if err != nil {
		return nil, err
	}
	if len(invoices) == 0 {
		return nil, userError("You can't open the register payment wizard without at least one receivable/payable line.")
	}
	unpayable, err := c.numbers(ctx, `select id from account_move
		where id = any($1) and (state <> 'posted' or payment_state = 'paid')`, invoices)
	if err != nil {
		return nil, err
	}
	if len(unpayable) > 0 {
		return nil, userError("You can't register a payment because there is nothing left to pay on the selected journal items.")
	}
	var id int64
	err = c.row(ctx, "insert into account_payment_register (invoice_ids) values ($1) returning id", invoices).Scan(&id)
	return answerIDs([]int64{id}, single), err
}

// createPayments pays every invoice of the wizard in full: an entry in the bank's
// journal and a payment, the invoice paid.
func createPayments(ctx context.Context, c *Call) (any, error) {
	type row struct {
		ID, Partner int64
		Name        string
		Amount      float64
		State       string
	}
	invoices, err := collect[row](ctx, c, `select id, partner_id, name, amount_total, payment_state from account_move
		where id in (select unnest(invoice_ids) from account_payment_register where id = any($1)) order by id for update`, c.IDs)
	if err != nil {
		return nil, err
	}
	for _, invoice := range invoices {
		if invoice.State == "paid" {
			return nil, userError("You can't register a payment because there is nothing left to pay on the selected journal items.")
		}
		var entry int64
		err := c.row(ctx, `insert into account_move (name, ref, move_type, partner_id, journal_id, amount_total)
			values ('/', $1, 'entry', $2, $3, $4) returning id`, invoice.Name, invoice.Partner, bankJournal, invoice.Amount).Scan(&entry)
		if err != nil {
			return nil, err
		}
		if err := c.balance(ctx, entry, bankAccount, bankJournal, invoice.Amount, 0); err != nil {
			return nil, err
		}
		if err := c.balance(ctx, entry, receivableAccount, bankJournal, 0, invoice.Amount); err != nil {
			return nil, err
		}
		if err := c.post(ctx, entry, bankJournal, "BNK1"); err != nil {
			return nil, err
		}
		_, err = c.exec(ctx, `insert into account_payment (name, move_id, invoice_id, partner_id, amount)
			select name, id, $2, partner_id, amount_total from account_move where id = $1`, entry, invoice.ID)
		if err != nil {
			return nil, err
		}
		if _, err := c.exec(ctx, "update account_move set payment_state = 'paid' where id = $1", invoice.ID); err != nil {
			return nil, err
		}
	}
	return true, nil
}
