package k6

import (
	"maps"
	"slices"

	"github.com/grafana/sobek"
)

// function is one that scripts call. Arguments and result are sobek values: k6's reflection
// would cost more than the call.
type function func(*virtualUser, sobek.FunctionCall) sobek.Value

// functions of the module, by name.
func functions() map[string]function {
	type u = virtualUser
	return map[string]function{
		"trial": (*u).trial, "seed": (*u).seed,
		"take": (*u).take, "takeMany": (*u).takeMany, "pick": (*u).pick, "random": (*u).random, "think": (*u).think, "ref": (*u).newRef,
		"order": (*u).order, "confirm": (*u).confirm, "cancel": (*u).cancel, "pickings": (*u).pickings, "reserve": (*u).reserve,
		"scan": (*u).scan, "ship": (*u).ship, "shipPartial": (*u).shipPartial, "receive": (*u).receive,
		"returnGoods": (*u).returnGoods, "inventory": (*u).inventory, "product": (*u).product,
		"receiveTracked": (*u).receiveTracked, "putAway": (*u).putAway, "batchTransfer": (*u).batchTransfer, "pack": (*u).pack,
		"invoice": (*u).invoice, "post": (*u).post, "pay": (*u).pay,
		"importProducts": (*u).importProducts, "importOrders": (*u).importOrders, "importRows": (*u).importRows,
		"importFile": (*u).importFile,
		"login":      (*u).logIn, "views": (*u).views, "openList": (*u).openList, "openForm": (*u).openForm,
		"searchName": (*u).searchName,
		"message":    (*u).message, "attach": (*u).attach,
		"report": (*u).report, "stock": (*u).stock, "track": (*u).track, "see": (*u).see, "call": (*u).call,
	}
}

// exports is what a script sees: import odoo from 'k6/x/odoo'. It makes a function at its first
// use. A script uses some of them, and each needs a kilobyte in every virtual user.
type exports struct {
	user *virtualUser
	made map[string]sobek.Value
}

var _ sobek.DynamicObject = (*exports)(nil)

// Get implements sobek.DynamicObject.
func (e *exports) Get(name string) sobek.Value {
	if made := e.made[name]; made != nil {
		return made
	}
	call := e.user.functions[name]
	if call == nil {
		return nil
	}
	made := e.user.vu.Runtime().ToValue(func(c sobek.FunctionCall) sobek.Value { return call(e.user, c) })
	e.made[name] = made
	return made
}

// Has implements sobek.DynamicObject.
func (e *exports) Has(name string) bool { return e.user.functions[name] != nil }

// Keys implements sobek.DynamicObject.
func (e *exports) Keys() []string { return slices.Sorted(maps.Keys(e.user.functions)) }

// Set implements sobek.DynamicObject: a script cannot replace a function.
func (e *exports) Set(string, sobek.Value) bool { return false }

// Delete implements sobek.DynamicObject: nor remove one.
func (e *exports) Delete(name string) bool { return !e.Has(name) }
