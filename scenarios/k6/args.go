package k6

import (
	"math"
	"strconv"

	"github.com/grafana/sobek"

	"example.org/odooharness/odoo"
	"example.org/odooharness/scenarios/wire"
)

// document reads a document that the script passes: one of ours, or any object
// with an id.
func (u *virtualUser) document(v sobek.Value, function string) *wire.Document {
	if empty(v) {
		u.throw(function + " wants a document, such as order() or take() return; it got nothing")
	}
	if d, ok := v.Export().(*wire.Document); ok {
		return d
	}
	object, ok := v.(*sobek.Object)
	if !ok {
		return &wire.Document{ID: v.ToInteger()}
	}
	d := &wire.Document{ID: integer(object.Get("id")), Order: integer(object.Get("order"))}
	if ref := object.Get("ref"); !empty(ref) {
		d.Ref = ref.String()
	}
	if lines := object.Get("lines"); !empty(lines) {
		d.Lines = u.integers(lines)
	}
	if d.ID == 0 {
		u.throw(function + " wants a document with an id")
	}
	return d
}

// documents reads one document or a list of them.
func (u *virtualUser) documents(v sobek.Value, function string) []*wire.Document {
	object, ok := v.(*sobek.Object)
	if !ok || object.ClassName() != "Array" {
		return []*wire.Document{u.document(v, function)}
	}
	list := make([]*wire.Document, 0, 16)
	u.each(object, func(item sobek.Value) bool {
		list = append(list, u.document(item, function))
		return true
	})
	if len(list) == 0 {
		u.throw(function + " wants documents; the list is empty")
	}
	return list
}

// values wraps documents for the script.
func (u *virtualUser) values(list []*wire.Document) sobek.Value {
	items := make([]any, len(list))
	for i, d := range list {
		items[i] = u.value(d)
	}
	return u.vu.Runtime().NewArray(items...)
}

func (u *virtualUser) integers(v sobek.Value) []int64 {
	var list []int64
	object, ok := v.(*sobek.Object)
	if !ok {
		return []int64{v.ToInteger()}
	}
	u.each(object, func(item sobek.Value) bool {
		if _, ok := item.(*sobek.Object); ok {
			list = append(list, u.document(item, "the list").ID)
		} else {
			list = append(list, item.ToInteger())
		}
		return true
	})
	return list
}

// strings reads a list of strings.
func (u *virtualUser) strings(v sobek.Value) []string {
	var list []string
	u.each(u.object(v, "a list"), func(item sobek.Value) bool {
		list = append(list, item.String())
		return true
	})
	return list
}

func (u *virtualUser) object(v sobek.Value, wanted string) *sobek.Object {
	object, ok := v.(*sobek.Object)
	if !ok {
		u.throw("want " + wanted)
	}
	return object
}

// count reads a whole number of at least 1, otherwise when it is missing.
func (u *virtualUser) count(v sobek.Value, otherwise int) int {
	if empty(v) {
		return otherwise
	}
	n := v.ToFloat()
	if math.IsNaN(n) || n < 1 || n > 1e6 {
		u.throw("want a number of at least 1, not " + v.String())
	}
	return int(n)
}

// each calls f with the items of a list. By index: JavaScript's iterators make an
// object for each item.
func (u *virtualUser) each(list *sobek.Object, f func(sobek.Value) bool) {
	n := int(integer(list.Get("length")))
	for i := range n {
		if !f(list.Get(strconv.Itoa(i))) {
			return
		}
	}
}

func empty(v sobek.Value) bool { return v == nil || sobek.IsUndefined(v) || sobek.IsNull(v) }

func integer(v sobek.Value) int64 {
	if empty(v) {
		return 0
	}
	return v.ToInteger()
}

// lines makes n order lines of random products, one piece each.
func (u *virtualUser) randomLines(n int) []odoo.Line {
	products := u.current().tenant.documents(wire.Products)
	if len(products) == 0 {
		u.throw("there are no products: seed some (options.ext.odoo.seed.products)")
	}
	rng := u.rng()
	lines := make([]odoo.Line, n)
	for i := range lines {
		lines[i] = odoo.Line{Product: products[rng.IntN(len(products))].ID, Quantity: 1}
	}
	return lines
}

func (u *virtualUser) randomPartner() int64 {
	partners := u.current().tenant.documents(wire.Partners)
	if len(partners) == 0 {
		u.throw("there are no partners: seed some (options.ext.odoo.seed.partners)")
	}
	return partners[u.rng().IntN(len(partners))].ID
}
