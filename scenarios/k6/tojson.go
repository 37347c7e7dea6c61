package k6

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"

	"github.com/grafana/sobek"

	"example.org/odooharness/odoo"
)

// maxDepth of values that scripts pass: a cycle in them has no end.
const maxDepth = 64

// appendJSON writes a script's value as JSON. It walks the value where it lies;
// JSON.stringify and encoding/json would each build it once more.
func (u *virtualUser) appendJSON(dst []byte, v sobek.Value) []byte { return u.appendValue(dst, v, 0) }

func (u *virtualUser) appendValue(dst []byte, v sobek.Value, depth int) []byte {
	if depth > maxDepth {
		u.throw("value is nested too deep, or in itself")
	}
	if empty(v) {
		return append(dst, "null"...)
	}
	object, ok := v.(*sobek.Object)
	if !ok {
		return u.appendScalar(dst, v)
	}
	switch object.ClassName() {
	case "Array":
		return u.appendArray(dst, object, depth)
	case "Object":
		if object.ExportType() == reflect.TypeFor[map[string]any]() {
			return u.appendObject(dst, object, depth)
		}
	}
	raw, err := json.Marshal(object) // dates, Go values
	if err != nil {
		u.throw("value has no JSON form: " + err.Error())
	}
	return append(dst, raw...)
}

func (u *virtualUser) appendScalar(dst []byte, v sobek.Value) []byte {
	switch x := v.Export().(type) {
	case string:
		return odoo.AppendString(dst, x)
	case int64:
		return strconv.AppendInt(dst, x, 10)
	case bool:
		return strconv.AppendBool(dst, x)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return append(dst, "null"...)
		}
		return strconv.AppendFloat(dst, x, 'g', -1, 64)
	}
	return odoo.AppendString(dst, v.String())
}

func (u *virtualUser) appendArray(dst []byte, list *sobek.Object, depth int) []byte {
	dst = append(dst, '[')
	n := int(list.Get("length").ToInteger())
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = u.appendValue(dst, list.Get(strconv.Itoa(i)), depth+1)
	}
	return append(dst, ']')
}

func (u *virtualUser) appendObject(dst []byte, object *sobek.Object, depth int) []byte {
	dst = append(dst, '{')
	first := true
	for _, key := range object.Keys() {
		value := object.Get(key)
		if sobek.IsUndefined(value) {
			continue // as JSON.stringify does
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(odoo.AppendString(dst, key), ':')
		dst = u.appendValue(dst, value, depth+1)
	}
	return append(dst, '}')
}
