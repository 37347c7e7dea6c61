// Package odootest is a server for tests that answers like Odoo, with no business
// behind it: log-ins, ids for every create, reserved pickings, in both APIs. What is
// to be seen is the client.
//
//	server := odootest.New()
//	defer server.Close()
//	server.Stall(2 * time.Second)
package odootest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// Password is the one that the server accepts.
const Password = "right"

// Call is one request to a model's method.
type Call struct {
	Host   string
	Model  string
	Method string
	Body   string
}

// Server is an HTTP server that answers as Odoo does.
type Server struct {
	*httptest.Server
	// Answer overrides the answer to a call when it returns true. It is set before the
	// first request.
	Answer func(w http.ResponseWriter, c Call) bool

	mu    sync.Mutex // guards what follows
	until time.Time  // stalled until
	next  int64      // last id given out
	calls []Call
}

// New starts a server on a loopback port.
func New() *Server {
	s := &Server{}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// Stall holds all requests that come within d until d is over.
func (s *Server) Stall(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.until = time.Now().Add(d)
}

// Calls are the requests so far.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Call(nil), s.calls...)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has closed the connection
	}
	s.wait(r)
	body := string(raw)
	switch {
	case r.URL.Path == "/web/webclient/version_info":
		write(w, "application/json", `{"jsonrpc":"2.0","id":null,"result":{"server_version":"19.0"}}`)
	case r.URL.Path == "/web/session/authenticate":
		s.authenticate(w, body)
	case strings.HasPrefix(r.URL.Path, "/web/dataset/call_kw/"), strings.HasPrefix(r.URL.Path, "/json/2/"):
		s.call(w, r, body)
	default:
		http.NotFound(w, r)
	}
}

// wait holds a request while the server is stalled.
func (s *Server) wait(r *http.Request) {
	s.mu.Lock()
	rest := time.Until(s.until)
	s.mu.Unlock()
	if rest <= 0 {
		return
	}
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

func (s *Server) authenticate(w http.ResponseWriter, body string) {
	var request struct {
		Params struct{ Password string }
	}
	if json.Unmarshal([]byte(body), &request) != nil || request.Params.Password != Password {
		write(w, "application/json", ErrorRPC("odoo.exceptions.AccessDenied", 0))
		return
	}
	http.SetCookie(w, &http.Cookie{Name: "session_id", Value: "s1", Path: "/", HttpOnly: true})
	write(w, "application/json", `{"jsonrpc":"2.0","id":null,"result":{"uid":2}}`)
}

// ErrorRPC is an error as Odoo's JSON-RPC reports it, with status 200.
func ErrorRPC(name string, code int) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":null,"error":{"code":%d,"message":"Odoo Server Error",`+
		`"data":{"name":%q,"message":"...","arguments":[],"context":{},"debug":"Traceback"}}}`, code, name)
}

func (s *Server) call(w http.ResponseWriter, r *http.Request, body string) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	c := Call{Host: r.Host, Model: parts[len(parts)-2], Method: parts[len(parts)-1], Body: body}
	s.mu.Lock()
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	if s.Answer != nil && s.Answer(w, c) {
		return
	}
	result := s.result(c)
	if strings.HasPrefix(r.URL.Path, "/json/2/") {
		write(w, "application/json; charset=utf-8", result)
		return
	}
	write(w, "application/json; charset=utf-8", `{"jsonrpc": "2.0", "id": null, "result": `+result+`}`)
}

// result is what a method returns.
func (s *Server) result(c Call) string {
	switch c.Model + "." + c.Method {
	case "sale.advance.payment.inv.create_invoices":
		return `{"type":"ir.actions.act_window","res_model":"account.move","domain":[["id","in",[71,72]]]}`
	case "account.move.read":
		return `[{"id":71,"ref":"r-71"},{"id":72,"ref":"r-72"}]`
	case "account.move.action_post":
		return `false`
	case "stock.picking.search_read":
		return s.pickings(c.Body)
	case "sale.order.search_read":
		if orders := idsAfter(c.Body, `"id","in",`); len(orders) > 0 {
			return confirmed(orders)
		}
	case "stock.move.line.search_read":
		return `[{"id":31},{"id":32}]`
	case "stock.warehouse.search_read":
		return `[{"id":1,"lot_stock_id":[8,"WH/Stock"]}]`
	case "purchase.order.read":
		return `[{"id":5,"picking_ids":[51]}]`
	}
	switch c.Method {
	case "create":
		return s.ids(c.Body)
	case "load":
		return `{"ids":[81,82],"messages":[],"nextrow":0}`
	case "search_read", "read", "formatted_read_group":
		return `[{"id":1},{"id":2},{"id":3}]`
	}
	return "true"
}

// ids gives out one id for each value of a create.
func (s *Server) ids(body string) string {
	var request struct {
		Values []any `json:"vals_list"`
		Params struct{ Args [][]any }
	}
	_ = json.Unmarshal([]byte(body), &request) // a body that is no JSON creates nothing
	n := len(request.Values)
	if len(request.Params.Args) > 0 {
		n = len(request.Params.Args[0])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]int64, n)
	for i := range ids {
		s.next++
		ids[i] = s.next
	}
	raw, err := json.Marshal(ids)
	if err != nil {
		return "[]"
	}
	return string(raw)
}

// pickings returns a reserved picking for each order of the request.
func (s *Server) pickings(body string) string {
	var out []string
	for _, id := range idsAfter(body, `"sale_id","in",`) {
		out = append(out, fmt.Sprintf(
			`{"id":%d,"name":"WH/OUT/%d","state":"assigned","sale_id":[%d,"S%d"],"move_line_ids":[%d,%d]}`,
			1000+id, id, id, id, 2*id, 2*id+1))
	}
	return "[" + strings.Join(out, ",") + "]"
}

func write(w http.ResponseWriter, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	_, _ = io.WriteString(w, body) // a client that has closed the connection checks that itself
}

// idsAfter is the list of ids that follows a part of a domain; none when it is not
// there.
func idsAfter(body, part string) (ids []int64) {
	if _, list, ok := strings.Cut(body, part); ok {
		_ = json.NewDecoder(strings.NewReader(list)).Decode(&ids) // not a list: no ids
	}
	return ids
}

// confirmed returns that every order of the request is confirmed.
func confirmed(orders []int64) string {
	var out []string
	for _, id := range orders {
		out = append(out, fmt.Sprintf(`{"id":%d,"state":"sale"}`, id))
	}
	return "[" + strings.Join(out, ",") + "]"
}
