package odoo

// Dialect is how one version of Odoo wants to be spoken to. Every difference
// between 16 and 19 that the operations meet is here and nowhere else.
//
//	                     16            17             18             19
//	done quantity        qty_done      quantity       quantity       quantity
//	expected quantity    reserved_uom_qty quantity    quantity       quantity
//	move's name          required      required       required       -
//	picked flag          -             picked         picked         picked
//	storable product     type=product  type=product   is_storable    is_storable
//	immediate transfer   wizard        -              -              -
//	list and form read   fields        specification  specification  specification
//	grouped read         read_group    read_group     read_group     formatted_read_group
//	payment's own text   ref           ref            memo           memo
//	JSON-2               -             -              -              yes
type Dialect struct {
	Major int // 16, 17, 18, 19
}

// Current is the dialect that the typed calls are written in first.
func Current() Dialect { return Dialect{Major: 19} }

// HasJSON2 reports whether /json/2 exists.
func (d Dialect) HasJSON2() bool { return d.Major >= 19 }

// Supported reports whether the typed calls were written for this version.
func (d Dialect) Supported() bool { return d.Major >= 16 && d.Major <= 19 }

// doneField is the quantity that was moved, on stock.move.line.
func (d Dialect) doneField() string {
	if d.Major <= 16 {
		return "qty_done"
	}
	return "quantity"
}

// expectedField is the quantity that a move line announces, on stock.move.line.
func (d Dialect) expectedField() string {
	if d.Major <= 16 {
		return "reserved_uom_qty"
	}
	return "quantity"
}

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

// validateContext keeps button_validate from answering with a wizard.
func (d Dialect) validateContext(backorder bool) string {
	switch {
	case d.Major <= 16 && backorder:
		return `{"skip_immediate":true,"skip_backorder":true,"skip_sms":true}`
	case d.Major <= 16:
		return `{"skip_immediate":true,"skip_sms":true}`
	case backorder:
		return `{"skip_backorder":true,"skip_sms":true}`
	}
	return `{"skip_sms":true}`
}

// consolidates reports whether the invoicing wizard knows consolidated_billing.
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

// returnAll is the method of the return wizard that returns everything. Up to 17 the
// wizard proposes all quantities by itself.
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
