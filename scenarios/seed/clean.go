package seed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"example.org/odooharness/odoo"
	"example.org/odooharness/scenarios/wire"
)

// Clean removes what a run created on every tenant, as far as Odoo allows it, and
// returns sentences about what stays: Odoo keeps goods that were moved and invoices
// that were posted.
func Clean(ctx context.Context, tenants []wire.Tenant, ref string, log *slog.Logger) (stays []string, err error) {
	var mu sync.Mutex // guards stays and problems
	var problems []error
	var wait sync.WaitGroup
	for _, tenant := range tenants {
		wait.Go(func() {
			kept, err := cleanTenant(ctx, tenant, ref)
			mu.Lock()
			defer mu.Unlock()
			for _, k := range kept {
				stays = append(stays, tenant.Name+": "+k)
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("clean tenant %s: %w", tenant.Name, err))
				return
			}
			log.Info("cleaned " + tenant.Name)
		})
	}
	wait.Wait()
	return stays, errors.Join(problems...)
}

func cleanTenant(ctx context.Context, tenant wire.Tenant, ref string) ([]string, error) {
	if ref == "" {
		return nil, errors.New("no reference: everything would match")
	}
	client, closeClient, err := Connect(ctx, tenant)
	if err != nil {
		return nil, err
	}
	defer closeClient()
	var stays []string
	for _, kind := range kinds() {
		kept, all, err := kind.clean(ctx, client, ref)
		if err != nil {
			return stays, fmt.Errorf("%s: %w", kind.plural, err)
		}
		if kept > 0 {
			stays = append(stays, fmt.Sprintf("%d of %d %s stay (%s)", kept, all, kind.plural, kind.why))
		}
	}
	return stays, nil
}

// kind is one kind of document that a run creates.
type kind struct {
	model, field string // field holds the reference
	plural, why  string // why some stay
	remove       func(context.Context, *odoo.Client, string, int64) bool
	// done finds those that must not be touched, nil: none.
	done func(context.Context, *odoo.Client, []int64) (map[int64]bool, odoo.Answer)
}

// kinds in the order in which Odoo lets go of them.
func kinds() []kind {
	return []kind{
		{model: "account.move", field: "ref", plural: "invoices", why: "posted", remove: unlink},
		{model: "sale.order", field: "client_order_ref", plural: "sales orders", why: "shipped", remove: cancel("action_cancel"),
			done: shippedOrders},
		{model: "purchase.order", field: "partner_ref", plural: "purchase orders", why: "received", remove: cancel("button_cancel")},
		{model: "product.product", field: "default_code", plural: "products", why: "moved; archived where Odoo allows",
			remove: unlinkOrArchive},
		{model: "res.partner", field: "ref", plural: "partners", why: "in documents; archived where Odoo allows",
			remove: unlinkOrArchive},
	}
}

func (k kind) clean(ctx context.Context, c *odoo.Client, ref string) (kept, all int, err error) {
	var pattern odoo.Body
	pattern.Raw(`[["` + k.field + `","=like",`).Str(ref + "-%").Raw(`]]`)
	ids, a := c.Search(ctx, k.model, pattern.String(), 0)
	if !a.OK() {
		return 0, 0, fmt.Errorf("find them: %w", a.Err())
	}
	var done map[int64]bool
	if k.done != nil && len(ids) > 0 {
		if done, a = k.done(ctx, c, ids); !a.OK() {
			return 0, 0, fmt.Errorf("find those that are done: %w", a.Err())
		}
	}
	for _, id := range ids {
		if ctx.Err() != nil {
			return kept, len(ids), ctx.Err()
		}
		if done[id] || !k.remove(ctx, c, k.model, id) {
			kept++
		}
	}
	return kept, len(ids), nil
}

// shippedOrders are those with a picking that is done. Odoo would allow to cancel and
// delete them, and the goods would have left without a document.
func shippedOrders(ctx context.Context, c *odoo.Client, orders []int64) (map[int64]bool, odoo.Answer) {
	pickings, a := c.Pickings(ctx, orders...)
	done := map[int64]bool{}
	for _, p := range pickings {
		if p.State == "done" {
			done[p.Order] = true
		}
	}
	return done, a
}

func unlink(ctx context.Context, c *odoo.Client, model string, id int64) bool {
	return c.Unlink(ctx, model, id).OK()
}

// cancel makes a removal that cancels first. What cannot be cancelled cannot be
// deleted either, which is what counts.
func cancel(method string) func(context.Context, *odoo.Client, string, int64) bool {
	return func(ctx context.Context, c *odoo.Client, model string, id int64) bool {
		c.Call(ctx, model, method, []int64{id}, "", "")
		return unlink(ctx, c, model, id)
	}
}

func unlinkOrArchive(ctx context.Context, c *odoo.Client, model string, id int64) bool {
	if unlink(ctx, c, model, id) {
		return true
	}
	c.Archive(ctx, model, id) // it stays either way
	return false
}
