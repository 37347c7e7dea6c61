package odoo

import "strconv"

// API is one of Odoo's interfaces.
type API string

// The interfaces.
const (
	RPC      API = "rpc"     // sessions, /web/dataset/call_kw, all versions
	JSON2    API = "json2"   // bearer keys, /json/2, from 19
	External API = "jsonrpc" // keys, /jsonrpc, all versions up to 19
)

// externalPath is where calls with [External] go.
const externalPath = "/jsonrpc"

// Body writes the arguments of one call as JSON, in the form of each API:
//
//	rpc    {"jsonrpc":"2.0","method":"call","params":{"model":M,"method":m,"args":[[ids]],"kwargs":{named,"context":{}}}}
//	json2  {"ids":[ids],named,"context":{}}
//	jsonrpc {"jsonrpc":"2.0","method":"call","params":{"service":"object","method":"execute_kw",
//	        "args":[database,user,key,M,m,[[ids]],{named,"context":{}}]}}
//
// It is a thin layer over append; the caller keeps brackets balanced.
type Body struct {
	buf    []byte
	api    API
	caller []byte // database, user and key of an external call, each with its comma
	comma  bool   // a member precedes in the object of named arguments
}

// begin opens the call. Odoo takes the values of create by position alone in RPC,
// so firstName, the name of that argument in JSON-2, is written by [Body.first].
func (b *Body) begin(api API, model, method string, ids []int64) {
	b.buf, b.api, b.comma = b.buf[:0], api, false
	if api == JSON2 {
		b.buf = append(b.buf, '{')
		if ids != nil {
			b.Key("ids").IDs(ids...)
		}
		return
	}
	b.head(model, method)
	if ids != nil {
		b.IDs(ids...)
	}
	b.endPositional()
}

// beginCreate opens a create call; the caller writes the list of values next and
// then calls endCreate.
func (b *Body) beginCreate(api API, model string) {
	b.buf, b.api, b.comma = b.buf[:0], api, false
	if api == JSON2 {
		b.buf = append(b.buf, '{')
		b.Key("vals_list")
		return
	}
	b.head(model, "create")
}

func (b *Body) endCreate() {
	if b.api != JSON2 {
		b.endPositional()
	}
}

// endPositional ends the list of positional arguments; named ones follow.
func (b *Body) endPositional() {
	if b.api == External {
		b.buf = append(b.buf, `],{`...)
		return
	}
	b.buf = append(b.buf, `],"kwargs":{`...)
}

func (b *Body) head(model, method string) {
	if b.api == External {
		b.buf = append(b.buf, `{"jsonrpc":"2.0","method":"call","params":{"service":"object","method":"execute_kw","args":[`...)
		b.buf = append(b.buf, b.caller...)
		b.Str(model).Raw(",").Str(method).Raw(",[")
		return
	}
	b.buf = append(b.buf, `{"jsonrpc":"2.0","method":"call","params":{"model":"`...)
	b.buf = append(b.buf, model...)
	b.buf = append(b.buf, `","method":"`...)
	b.buf = append(b.buf, method...)
	b.buf = append(b.buf, `","args":[`...)
}

// end closes the call with its context, JSON, empty for none.
func (b *Body) end(context string) []byte {
	if context != "" {
		b.Key("context").Raw(context)
	}
	switch b.api {
	case JSON2:
		b.buf = append(b.buf, '}')
	case External:
		b.buf = append(b.buf, `}]}}`...)
	default:
		b.buf = append(b.buf, `}}}`...)
	}
	return b.buf
}

// Key begins a named argument of the call.
func (b *Body) Key(name string) *Body {
	if b.comma {
		b.buf = append(b.buf, ',')
	}
	b.comma = true
	b.buf = append(b.buf, '"')
	b.buf = append(b.buf, name...)
	b.buf = append(b.buf, '"', ':')
	return b
}

// Raw appends text that is JSON already.
func (b *Body) Raw(json string) *Body {
	b.buf = append(b.buf, json...)
	return b
}

// Int appends a whole number.
func (b *Body) Int(n int64) *Body {
	b.buf = strconv.AppendInt(b.buf, n, 10)
	return b
}

// Float appends a number.
func (b *Body) Float(f float64) *Body {
	b.buf = strconv.AppendFloat(b.buf, f, 'f', -1, 64)
	return b
}

// Str appends a string.
func (b *Body) Str(s string) *Body {
	b.buf = AppendString(b.buf, s)
	return b
}

// IDs appends a list of ids.
func (b *Body) IDs(ids ...int64) *Body {
	b.buf = append(b.buf, '[')
	for i, id := range ids {
		if i > 0 {
			b.buf = append(b.buf, ',')
		}
		b.buf = strconv.AppendInt(b.buf, id, 10)
	}
	b.buf = append(b.buf, ']')
	return b
}

// Strs appends a list of strings.
func (b *Body) Strs(list ...string) *Body {
	b.buf = append(b.buf, '[')
	for i, s := range list {
		if i > 0 {
			b.buf = append(b.buf, ',')
		}
		b.buf = AppendString(b.buf, s)
	}
	b.buf = append(b.buf, ']')
	return b
}

// AppendString appends s as a JSON string. Bytes that are not UTF-8 pass through:
// Odoo refuses them, which is for the test to see.
func AppendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// String is what was written so far.
func (b *Body) String() string { return string(b.buf) }
