package odoo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tidwall/gjson"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
)

// Address is where one customer's Odoo is. Setups, labs, scenarios and the connector embed
// it.
type Address struct {
	URL      string `json:"url" yaml:"url"`   // scheme://host:port of the ingress; see [ParseURL]
	Host     string `json:"host" yaml:"host"` // Host header; empty: the URL's own
	Database string `json:"database" yaml:"database"`
}

// Tenant is one customer's Odoo, and the credentials of one user.
type Tenant struct {
	Address
	Login    string
	Password secret.Text
	Key      secret.Text // API key, for JSON-2 and /jsonrpc
	API      API
	Dialect  Dialect
	Timeout  time.Duration // of one call
}

// Client makes the calls of one virtual user, one at a time. Several clients may
// share a [Session] and a [Transport].
type Client struct {
	tenant    Tenant
	transport Transport
	session   *Session
	body      Body
	exchange  Exchange
}

// Dial makes a client. Nothing is sent. A nil transport means [Standard]; a nil
// session means one of its own.
func Dial(tenant Tenant, transport Transport, session *Session) (*Client, error) {
	if tenant.API == "" {
		tenant.API = RPC
	}
	if tenant.Dialect.Major == 0 {
		tenant.Dialect = Current()
	}
	var problems []error
	if tenant.API != RPC && tenant.API != JSON2 && tenant.API != External {
		problems = append(problems, fmt.Errorf("api %q: want rpc, json2 or jsonrpc", tenant.API))
	}
	if !tenant.Dialect.Supported() {
		problems = append(problems, fmt.Errorf("odoo %d is not supported: want %d to %d", tenant.Dialect.Major,
			oldest, newest))
	}
	if tenant.API == JSON2 && !tenant.Dialect.HasJSON2() {
		problems = append(problems, fmt.Errorf("odoo %d has no json2: use rpc", tenant.Dialect.Major))
	}
	if u, err := ParseURL(tenant.URL); err == nil && u.User != nil && tenant.API == JSON2 {
		problems = append(problems, errors.New("url has user info, and json2 sends a key in the same header Authorization: "+
			"use rpc, or a url without user info"))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	if transport == nil {
		standard, err := NewStandard(tenant.URL, nil, nil)
		if err != nil {
			return nil, err
		}
		transport = standard
	}
	if session == nil {
		session = NewSession(tenant)
	}
	return &Client{tenant: tenant, transport: transport, session: session}, nil
}

// Tenant is where the client calls.
func (c *Client) Tenant() Tenant { return c.tenant }

// Transport is what the client sends with.
func (c *Client) Transport() Transport { return c.transport }

// Answer is what one call came to. Result is valid until the client's next call.
type Answer struct {
	Verdict
	Status int

	location string // of a redirect
}

// OK reports whether the call succeeded.
func (a Answer) OK() bool { return a.Outcome == results.OK }

// Err returns nil for a successful call, else an error that describes the answer.
func (a Answer) Err() error {
	if a.OK() {
		return nil
	}
	return &CallError{Outcome: a.Outcome, Detail: a.Detail, Status: a.Status}
}

// JSON gives access to the result by gjson path.
func (a Answer) JSON() gjson.Result { return gjson.Parse(view(a.Result)) }

// fail turns an answer that was not what the operation needs into an error.
func (a Answer) fail(outcome results.Outcome, detail string) Answer {
	a.Outcome, a.Detail = outcome, detail
	return a
}

// CallError is an answer as an error.
type CallError struct {
	Outcome results.Outcome
	Detail  string
	Status  int
}

func (e *CallError) Error() string {
	if e.Status == 0 {
		return fmt.Sprintf("%s: %s", e.Outcome, e.Detail)
	}
	return fmt.Sprintf("%s: %s (http %d)", e.Outcome, e.Detail, e.Status)
}

// Call calls any method: named are its arguments as one JSON object without
// braces ("vals":{...}), ids the records or nil, odooContext a JSON object or "".
// create takes its values under the name vals_list.
func (c *Client) Call(ctx context.Context, model, method string, ids []int64, named, odooContext string) Answer {
	c.identify()
	if method == "create" && c.tenant.API != JSON2 {
		c.body.beginCreate(c.tenant.API, model)
		c.body.Raw(gjson.Get("{"+named+"}", "vals_list").Raw)
		c.body.endCreate()
	} else {
		c.body.begin(c.tenant.API, model, method, ids)
		if named != "" {
			if c.body.comma {
				c.body.Raw(",")
			}
			c.body.comma = true
			c.body.Raw(named)
		}
	}
	return c.send(ctx, model, method, odooContext)
}

// start opens a call on records; the operation adds named arguments and calls
// send.
func (c *Client) start(model, method string, ids []int64) *Body {
	c.identify()
	c.body.begin(c.tenant.API, model, method, ids)
	return &c.body
}

// startCreate opens a create; the operation writes the list of values, calls
// endCreate and send.
func (c *Client) startCreate(model string) *Body {
	c.identify()
	c.body.beginCreate(c.tenant.API, model)
	return &c.body
}

// identify writes who calls, for an API that wants it in every call.
func (c *Client) identify() {
	if c.tenant.API != External {
		return
	}
	b := Body{buf: c.body.caller[:0]}
	b.Str(c.tenant.Database).Raw(",").Int(c.session.uid.Load()).Raw(",").Str(c.tenant.Key.Reveal()).Raw(",")
	c.body.caller = b.buf
}

// send sends the call that was begun.
func (c *Client) send(ctx context.Context, model, method, odooContext string) Answer {
	x := &c.exchange
	x.Method, x.Host, x.Timeout = http.MethodPost, c.tenant.Host, c.tenant.Timeout
	x.Body = c.body.end(odooContext)
	x.Bearer, x.Database = "", ""
	var session string
	switch c.tenant.API {
	case JSON2:
		x.Path = "/json/2/" + model + "/" + method
		x.Bearer, x.Database = c.tenant.Key.Reveal(), c.tenant.Database
		x.Cookie, _ = c.session.cookies.header(x.Path, false)
	case External:
		x.Path = externalPath
		x.Cookie, _ = c.session.cookies.header(x.Path, false)
	default:
		x.Path = "/web/dataset/call_kw/" + model + "/" + method
		x.Cookie, session = c.session.cookies.header(x.Path, true)
	}
	return c.exchanged(ctx, c.tenant.API, session)
}
