package odoo

// Dialect is how one version of Odoo wants to be spoken to. Every difference
// between 14 and 19 that the operations meet is here and nowhere else.
//
//	                     14               15               16                17             18             19
//	done quantity        qty_done         qty_done         qty_done          quantity       quantity       quantity
//	expected quantity    product_uom_qty  product_uom_qty  reserved_uom_qty  quantity       quantity       quantity
//	a transfer's moves   move_lines       move_lines       move_ids          move_ids       move_ids       move_ids
//	move's name          required         required         required          required       required       -
//	move's unit          required         required         -                 -              -              -
//	picked flag          -                -                -                 picked         picked         picked
//	storable product     type=product     type=product     type=product      type=product   is_storable    is_storable
//	immediate transfer   wizard           wizard           wizard            -              -              -
//	return's lines       asked for        asked for        asked for         -              -              -
//	stock count          at once          applied          applied           applied        applied        applied
//	orders to invoice    context          context          field             field          field          field
//	orders of a customer one invoice      one invoice      one invoice       apart          apart          apart
//	import of a file     do               execute_import   execute_import    execute_import execute_import execute_import
//	views                load_views       load_views       get_views         get_views      get_views      get_views
//	list and form read   fields           fields           fields            specification  specification  specification
//	grouped read         read_group       read_group       read_group        read_group     read_group     formatted_read_group
//	payment's own text   ref              ref              ref               ref            memo           memo
//	JSON-2               -                -                -                 -              -              yes
//
// 14 and 19 are tested on real servers, the others on recorded forms of calls and answers.
type Dialect struct {
	Major int // 14, 15, 16, 17, 18, 19
}

// Current is the dialect that the typed calls are written in first.
func Current() Dialect { return Dialect{Major: newest} }

// HasJSON2 reports whether /json/2 exists.
func (d Dialect) HasJSON2() bool { return d.Major >= 19 }

// Supported reports whether the typed calls were written for this version.
func (d Dialect) Supported() bool { return d.Major >= oldest && d.Major <= newest }

// The versions that the typed calls were written for.
const (
	oldest = 14
	newest = 19
)

// doneField is the quantity that was moved, on stock.move.line.
func (d Dialect) doneField() string {
	if d.Major <= 16 {
		return "qty_done"
	}
	return "quantity"
}

// expectedField is the quantity that a move line announces, on stock.move.line.
func (d Dialect) expectedField() string {
	switch {
	case d.Major <= 15:
		return "product_uom_qty"
	case d.Major == 16:
		return "reserved_uom_qty"
	}
	return "quantity"
}

// movesField is the moves of a transfer, on stock.picking.
func (d Dialect) movesField() string {
	if d.Major <= 15 {
		return "move_lines"
	}
	return "move_ids"
}

// needsUnit reports whether a new stock.move must have its unit of measure.
func (d Dialect) needsUnit() bool { return d.Major <= 15 }

// namesMoves reports whether a new stock.move must have a name.
func (d Dialect) namesMoves() bool { return d.Major <= 18 }

// picked reports whether a move line carries the flag that it was picked.
func (d Dialect) picked() bool { return d.Major >= 17 }

// storable is the members of a product's values that make it count in stock.
func (d Dialect) storable() string {
	if d.Major <= 17 {
		return `"type":"product"`
	}
	return `"type":"consu","is_storable":true`
}

// validateContext keeps button_validate from answering with a wizard. Versions up to 16 offer
// to move all that is reserved when nothing was scanned. [Client.immediate] accepts that: to
// skip it would move nothing.
func validateContext(backorder bool) string {
	if backorder {
		return `{"skip_backorder":true,"skip_sms":true}`
	}
	return `{"skip_sms":true}`
}

// keepsContext reports whether a call that Odoo runs again after a conflict still has its
// context. Odoo 14 takes it out the first time, and 15 and 16 may. The wizard of an immediate
// transfer then answers true and moves nothing, and a partial shipment meets the question that
// its context should have answered. The invoicing wizard of 14 and 15 finds nothing to invoice.
func (d Dialect) keepsContext() bool { return d.Major >= 17 }

// appliesCounts reports whether a stock count has to be applied after it was entered.
func (d Dialect) appliesCounts() bool { return d.Major >= 15 }

// choosesOrders reports whether the invoicing wizard has a field for the orders. In earlier
// versions they are in the context.
func (d Dialect) choosesOrders() bool { return d.Major >= 16 }

// importMethod is the method of base_import that imports a file, and headerOption the option
// for its first row.
func (d Dialect) importMethod() (method, headerOption string) {
	if d.Major <= 14 {
		return "do", "headers"
	}
	return "execute_import", "has_headers"
}

// viewsMethod is the method that reads the definitions of views.
func (d Dialect) viewsMethod() string {
	if d.Major <= 15 {
		return "load_views"
	}
	return "get_views"
}

// consolidates reports whether the invoicing wizard knows consolidated_billing. Without, it
// makes one invoice of all orders of a customer.
func (d Dialect) consolidates() bool { return d.Major >= 17 }

// groupedRead is the method behind reports.
func (d Dialect) groupedRead() string {
	if d.Major <= 18 {
		return "read_group"
	}
	return "formatted_read_group"
}

// specifies reports whether lists and forms are read by a specification of fields.
func (d Dialect) specifies() bool { return d.Major >= 17 }

// proposesReturn reports whether the return wizard fills in its lines when it is created. Up
// to 16 the form does, by an onchange.
func (d Dialect) proposesReturn() bool { return d.Major >= 17 }

// returnAll is the method of the return wizard that returns everything. Up to 17 the
// wizard proposes all quantities.
func (d Dialect) returnAll() string {
	if d.Major <= 17 {
		return "create_returns"
	}
	return "action_create_returns_all"
}

// cancelContext keeps action_cancel from answering with a wizard, which versions up to 18 do.
func (d Dialect) cancelContext() string {
	if d.Major <= 18 {
		return `{"disable_cancel_warning":true}`
	}
	return ""
}
