package k6

import (
	"context"

	"github.com/grafana/sobek"
	"github.com/tidwall/gjson"

	"example.org/odooharness/odoo"
)

// call(model, method, options?) calls any method: {ids: [..], args: {name: value},
// context: {..}, step, write: reference}. It returns a result that is looked into
// where it lies: ok, outcome, detail, get(path), count(path), json(). Paths are
// gjson's.
func (u *virtualUser) call(c sobek.FunctionCall) sobek.Value {
	model, method := c.Argument(0).String(), c.Argument(1).String()
	name := method
	var ids []int64
	var named, odooContext string
	var writes []write
	if v := c.Argument(2); !empty(v) {
		options := u.object(v, "options of call()")
		if v := options.Get("ids"); !empty(v) {
			ids = u.integers(v)
		}
		named, odooContext = u.members(options.Get("args")), u.stringify(options.Get("context"))
		if v := options.Get("step"); !empty(v) {
			name = v.String()
		}
		if v := options.Get("write"); !empty(v) {
			writes = []write{{ref: v.String()}}
		}
	}
	result := &callResult{runtime: u.vu.Runtime()}
	a := u.step(name, writes, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		a := client.Call(ctx, model, method, ids, named, odooContext)
		result.text = string(a.Result) // the client's buffer serves the next call
		return a
	})
	result.Ok, result.Outcome, result.Detail = a.OK(), string(a.Outcome), a.Detail
	return result.runtime.ToValue(result)
}

// callResult is what call() returns: {ok, outcome, detail, get(path), count(path),
// json()}.
type callResult struct {
	Ok      bool   `js:"ok"`
	Outcome string `js:"outcome"`
	Detail  string `js:"detail"`

	text    string
	runtime *sobek.Runtime
}

// Get is one value by its path.
func (r *callResult) Get(c sobek.FunctionCall) sobek.Value {
	return r.runtime.ToValue(gjson.Get(r.text, c.Argument(0).String()).Value())
}

// Count is the length of a list, of the whole result without a path.
func (r *callResult) Count(c sobek.FunctionCall) sobek.Value {
	list := gjson.Parse(r.text)
	if !empty(c.Argument(0)) {
		list = list.Get(c.Argument(0).String())
	}
	return r.runtime.ToValue(list.Get("#").Int())
}

// Json is the whole result as a value.
func (r *callResult) Json(sobek.FunctionCall) sobek.Value {
	return r.runtime.ToValue(gjson.Parse(r.text).Value())
}

// stringify is JSON, empty for nothing.
func (u *virtualUser) stringify(v sobek.Value) string {
	if empty(v) {
		return ""
	}
	return string(u.appendJSON(nil, v))
}

// members is an object's JSON without its braces.
func (u *virtualUser) members(v sobek.Value) string {
	text := u.stringify(v)
	if len(text) < 2 || text[0] != '{' {
		return ""
	}
	return text[1 : len(text)-1]
}
