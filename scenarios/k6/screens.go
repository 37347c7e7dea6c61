package k6

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/grafana/sobek"

	"example.org/odooharness/odoo"
)

// logIn() opens a session of this virtual user's own, as a person does in the morning: the
// step "login". Without it the users of a tenant share two sessions.
func (u *virtualUser) logIn(sobek.FunctionCall) sobek.Value {
	it := u.current()
	it.client = u.newClient(it.tenant)
	return u.done(u.step("login", nil, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.Login(ctx)
	}))
}

// newClient replaces the virtual user's client of a tenant by one with a session of its own.
func (u *virtualUser) newClient(t *tenantState) *odoo.Client {
	old := u.client(t)
	c, err := odoo.Dial(old.Tenant(), old.Transport(), nil)
	if err != nil {
		u.throw("tenant " + t.Name + ": " + err.Error())
	}
	u.clients[t.Name] = c
	return c
}

// views(model) reads the definitions of a model's views, as the web client does when a menu
// is opened for the first time.
func (u *virtualUser) views(c sobek.FunctionCall) sobek.Value {
	model := u.model(c, "views()")
	return u.done(u.step("views", nil, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.Views(ctx, model)
	}))
}

// openList(model, domain?) reads the first page of a list. It returns the number of records
// that match, -1 when it failed.
func (u *virtualUser) openList(c sobek.FunctionCall) sobek.Value {
	model, domain := u.model(c, "openList()"), u.stringify(c.Argument(1))
	return u.number(u.stepCount("open_list", func(ctx context.Context, client *odoo.Client) (int, odoo.Answer) {
		return client.OpenList(ctx, model, domain)
	}))
}

// openForm(model, document) reads one record for its form. The document is one of the
// module's, or an id.
func (u *virtualUser) openForm(c sobek.FunctionCall) sobek.Value {
	model, id := u.model(c, "openForm()"), u.document(c.Argument(1), "openForm()").ID
	return u.done(u.step("open_form", nil, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.OpenForm(ctx, model, id)
	}))
}

// searchName(model, text) completes a name. It returns the number of names found, -1 when
// it failed.
func (u *virtualUser) searchName(c sobek.FunctionCall) sobek.Value {
	model, text := u.model(c, "searchName()"), c.Argument(1).String()
	return u.number(u.stepCount("search_name", func(ctx context.Context, client *odoo.Client) (int, odoo.Answer) {
		return client.SearchName(ctx, model, text)
	}))
}

// message(model, document, text) writes a note on a record.
func (u *virtualUser) message(c sobek.FunctionCall) sobek.Value {
	model, id, text := u.model(c, "message()"), u.document(c.Argument(1), "message()").ID, c.Argument(2).String()
	return u.done(u.step("message", nil, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		return client.Message(ctx, model, id, text)
	}))
}

// attach(model, document, bytes = 20000) stores a file of so many bytes with a record, such
// as a photo of a delivery.
func (u *virtualUser) attach(c sobek.FunctionCall) sobek.Value {
	model, id := u.model(c, "attach()"), u.document(c.Argument(1), "attach()").ID
	size := u.count(c.Argument(2), 20_000)
	content := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("proof of delivery ", size/18+1)[:size]))
	return u.done(u.step("attach", nil, func(ctx context.Context, client *odoo.Client) odoo.Answer {
		_, a := client.Attach(ctx, model, id, "proof.txt", content)
		return a
	}))
}

// model is the first argument, the name of a model.
func (u *virtualUser) model(c sobek.FunctionCall, where string) string {
	if empty(c.Argument(0)) {
		u.throw(where + ": want a model, such as 'stock.picking'")
	}
	return c.Argument(0).String()
}
