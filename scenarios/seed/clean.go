package seed

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"odooharness/odoo"
	"odooharness/scenarios/wire"
)

// Clean removes what a run created on every tenant, as far as Odoo allows it, and
// returns sentences about what stays: Odoo keeps goods that were moved and invoices
// that were posted.
func Clean(ctx context.Context, tenants []wire.Tenant, ref string, say func(string)) (stays []string, err error) {
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
			}
			if say != nil {
				say("cleaned " + tenant.Name)
			}
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
	for _, kind := range []struct {
		model, field, plural string
		remove               func(context.Context, *odoo.Client, string, int64) bool
	}{
		{"sale.order", "client_order_ref", "sales orders (shipped or invoiced)", cancelAndUnlink},
		{"product.product", "default_code", "products (archived where Odoo allows)", unlinkOrArchive},
		{"res.partner", "ref", "partners (archived where Odoo allows)", unlinkOrArchive},
	} {
		var pattern odoo.Body
		pattern.Raw(`[["` + kind.field + `","=like",`).Str(ref + "-%").Raw(`]]`)
		ids, a := client.Search(ctx, kind.model, pattern.String(), 0)
		if !a.OK() {
			return stays, fmt.Errorf("find %s: %w", kind.plural, a.Err())
		}
		kept := 0
		for _, id := range ids {
			if ctx.Err() != nil {
				return stays, ctx.Err()
			}
			if !kind.remove(ctx, client, kind.model, id) {
				kept++
			}
		}
		if kept > 0 {
			stays = append(stays, fmt.Sprintf("%d of %d %s stay", kept, len(ids), kind.plural))
		}
	}
	return stays, nil
}

func cancelAndUnlink(ctx context.Context, c *odoo.Client, model string, id int64) bool {
	c.Cancel(ctx, id) // what cannot be cancelled cannot be deleted either, which is what counts
	return c.Unlink(ctx, model, id).OK()
}

func unlinkOrArchive(ctx context.Context, c *odoo.Client, model string, id int64) bool {
	if c.Unlink(ctx, model, id).OK() {
		return true
	}
	c.Archive(ctx, model, id) // it stays either way
	return false
}
