package seed

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"time"

	"example.org/odooharness/odoo"
	"example.org/odooharness/scenarios/wire"
)

// Settings of cleaning.
const (
	cleanBatch    = 40              // documents in one call
	progressEvery = 5 * time.Second // lines about a kind of document that takes longer
)

// Clean removes what a run created on every tenant, as far as Odoo allows it, and
// returns sentences about what stays: Odoo keeps goods that were moved and invoices
// that were posted. It logs each kind of document, with its progress.
func Clean(ctx context.Context, tenants []wire.Tenant, ref string, log *slog.Logger) (stays []string, err error) {
	var mu sync.Mutex // guards stays and problems
	var problems []error
	var wait sync.WaitGroup
	for _, tenant := range tenants {
		wait.Go(func() {
			c := cleaner{tenant: tenant.Name, ref: ref, log: log}
			err := c.run(ctx, tenant)
			mu.Lock()
			defer mu.Unlock()
			for _, k := range c.stays {
				stays = append(stays, tenant.Name+": "+k)
			}
			if err != nil {
				problems = append(problems, fmt.Errorf("clean tenant %s: %w", tenant.Name, err))
			}
			log.Info(c.summary(err))
		})
	}
	wait.Wait()
	return stays, errors.Join(problems...)
}

// cleaner cleans one tenant.
type cleaner struct {
	tenant, ref    string
	client         *odoo.Client
	log            *slog.Logger
	found, removed int
	stays          []string
}

// summary reports what was done, and nothing that was not.
func (c *cleaner) summary(err error) string {
	switch {
	case err != nil:
		return fmt.Sprintf("%s: not cleaned: %d of %d documents removed before it failed", c.tenant, c.removed, c.found)
	case c.found == 0:
		return fmt.Sprintf("%s: no document of %s is there", c.tenant, c.ref)
	}
	return fmt.Sprintf("%s: %d of %d documents removed", c.tenant, c.removed, c.found)
}

func (c *cleaner) run(ctx context.Context, tenant wire.Tenant) error {
	if c.ref == "" {
		return errors.New("no reference: everything would match")
	}
	client, closeClient, err := Connect(ctx, tenant)
	if err != nil {
		return err
	}
	defer closeClient()
	c.client = client
	for _, k := range kinds() {
		if err := c.kind(ctx, k); err != nil {
			return fmt.Errorf("%s: %w", k.plural, err)
		}
	}
	return nil
}

// kind is one kind of document that a run creates.
type kind struct {
	model, field string // field holds the reference
	plural, why  string // why some stay
	cancel       string // method that makes a document deletable
	archive      bool   // what cannot be deleted is archived
	stock        bool   // what stays must leave no stock behind
	// done finds those that must not be touched, nil: none.
	done func(context.Context, *odoo.Client, []int64) (map[int64]bool, odoo.Answer)
}

// kinds in the order in which Odoo lets go of them.
func kinds() []kind {
	return []kind{
		{model: "account.move", field: "ref", plural: "invoices", why: "posted"},
		{model: "sale.order", field: "client_order_ref", plural: "sales orders", why: "shipped", cancel: "action_cancel",
			done: shippedOrders},
		{model: "purchase.order", field: "partner_ref", plural: "purchase orders", why: "received", cancel: "button_cancel"},
		{model: "product.product", field: "default_code", plural: "products", why: "moved", archive: true, stock: true},
		{model: "stock.location", field: "name", plural: "shelves", why: "moved", archive: true},
		{model: "res.partner", field: "ref", plural: "partners", why: "in documents", archive: true},
	}
}

func (c *cleaner) kind(ctx context.Context, k kind) error {
	var pattern odoo.Body
	pattern.Raw(`[["` + k.field + `","=like",`).Str(c.ref + "-%").Raw(`]]`)
	ids, a := c.client.Search(ctx, k.model, pattern.String(), 0)
	if !a.OK() {
		return fmt.Errorf("find them: %w", a.Err())
	}
	if len(ids) == 0 {
		return nil
	}
	c.found += len(ids)
	open, err := c.open(ctx, k, ids)
	if err != nil {
		return err
	}
	stuck, err := c.unlinkAll(ctx, k, open)
	kept := len(ids) - len(open) + len(stuck)
	c.removed += len(ids) - kept
	if err != nil {
		return err
	}
	if kept == 0 {
		return nil
	}
	text := fmt.Sprintf("%d of %d %s stay (%s)", kept, len(ids), k.plural, k.why)
	if k.stock && len(stuck) > 0 {
		text += c.emptied(ctx, stuck)
	}
	if k.archive && len(stuck) > 0 {
		text += c.archived(ctx, k, stuck)
	}
	c.stays = append(c.stays, text)
	return nil
}

// open returns the documents that may be touched.
func (c *cleaner) open(ctx context.Context, k kind, ids []int64) ([]int64, error) {
	if k.done == nil {
		return ids, nil
	}
	var open []int64
	for part := range chunks(ids) {
		done, a := k.done(ctx, c.client, part)
		if !a.OK() {
			return nil, fmt.Errorf("find those that are done: %w", a.Err())
		}
		for _, id := range part {
			if !done[id] {
				open = append(open, id)
			}
		}
	}
	return open, nil
}

// unlinkAll deletes documents in batches, and returns those that Odoo keeps.
func (c *cleaner) unlinkAll(ctx context.Context, k kind, ids []int64) (stuck []int64, err error) {
	last := time.Now()
	done := 0
	for part := range chunks(ids) {
		left, err := c.unlink(ctx, k, part)
		stuck = append(stuck, left...)
		done += len(part)
		if err != nil {
			return append(stuck, ids[done:]...), err
		}
		if time.Since(last) >= progressEvery {
			last = time.Now()
			c.log.Info(fmt.Sprintf("%s: %d of %d %s", c.tenant, done, len(ids), k.plural))
		}
	}
	return stuck, nil
}

// unlink deletes some documents in one call. When Odoo refuses, one of them is why: each
// half is tried alone.
func (c *cleaner) unlink(ctx context.Context, k kind, ids []int64) (stuck []int64, err error) {
	if ctx.Err() != nil {
		return ids, ctx.Err()
	}
	if k.cancel != "" { // what cannot be cancelled cannot be deleted either, which is what counts
		c.client.Call(ctx, k.model, k.cancel, ids, "", "")
	}
	switch {
	case c.client.Unlink(ctx, k.model, ids...).OK():
		return nil, nil
	case len(ids) == 1:
		return ids, nil
	}
	half := len(ids) / 2
	first, err := c.unlink(ctx, k, ids[:half])
	if err != nil {
		return append(first, ids[half:]...), err
	}
	second, err := c.unlink(ctx, k, ids[half:])
	return append(first, second...), err
}

// emptied sets the stock of products that stay to 0, and reports what is left.
func (c *cleaner) emptied(ctx context.Context, products []int64) string {
	for part := range chunks(products) {
		if a := c.client.Empty(ctx, part...); !a.OK() {
			return fmt.Sprintf("; their stock could not be set to 0 and stays in the warehouse: %v", a.Err())
		}
	}
	return "; their stock is set to 0"
}

func (c *cleaner) archived(ctx context.Context, k kind, ids []int64) string {
	left := 0
	for part := range chunks(ids) {
		if c.client.Archive(ctx, k.model, part...).OK() {
			continue
		}
		for _, id := range part {
			if !c.client.Archive(ctx, k.model, id).OK() {
				left++
			}
		}
	}
	if left > 0 {
		return fmt.Sprintf("; %d are archived, %d cannot be", len(ids)-left, left)
	}
	return "; they are archived"
}

// chunks cuts ids into parts of one call each.
func chunks(ids []int64) iter.Seq[[]int64] { return slices.Chunk(ids, cleanBatch) }

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
