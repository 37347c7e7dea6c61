package k6

import (
	"context"
	"encoding/json"

	"github.com/grafana/sobek"
	"github.com/tidwall/gjson"

	"odooharness/odoo"
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
	var result []byte
	a := u.step(name, writes, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		a := client.Call(ctx, model, method, ids, named, odooContext)
		result = append(result[:0], a.Result...)
		return a
	})
	return u.result(a, result)
}

func (u *virtualUser) result(a odoo.Answer, raw []byte) sobek.Value {
	rt := u.vu.Runtime()
	text := string(raw)
	return rt.ToValue(map[string]any{
		"ok": a.OK(), "outcome": string(a.Outcome), "detail": a.Detail,
		"get": func(c sobek.FunctionCall) sobek.Value {
			return rt.ToValue(gjson.Get(text, c.Argument(0).String()).Value())
		},
		"count": func(c sobek.FunctionCall) sobek.Value {
			found := gjson.Parse(text)
			if !empty(c.Argument(0)) {
				found = found.Get(c.Argument(0).String())
			}
			return rt.ToValue(int(found.Get("#").Int()))
		},
		"json": func(sobek.FunctionCall) sobek.Value {
			return rt.ToValue(gjson.Parse(text).Value())
		},
	})
}

// stringify is JSON.stringify, empty for nothing.
func (u *virtualUser) stringify(v sobek.Value) string {
	if empty(v) {
		return ""
	}
	raw, err := json.Marshal(v)
	if err != nil {
		u.throw("value has no JSON form: " + err.Error())
	}
	return string(raw)
}

// members is an object's JSON without its braces.
func (u *virtualUser) members(v sobek.Value) string {
	text := u.stringify(v)
	if len(text) < 2 || text[0] != '{' {
		return ""
	}
	return text[1 : len(text)-1]
}
