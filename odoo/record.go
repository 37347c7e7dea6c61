package odoo

import (
	"context"

	"github.com/tidwall/gjson"

	"example.org/odooharness/results"
)

// Search finds records by a domain, JSON.
func (c *Client) Search(ctx context.Context, model, domain string, limit int) ([]int64, Answer) {
	b := c.start(model, "search_read", nil).Key("domain").Raw(domain).Key("fields").Raw(`["id"]`)
	if limit > 0 {
		b.Key("limit").Int(int64(limit))
	}
	a := c.send(ctx, model, "search_read", "")
	if !a.OK() {
		return nil, a
	}
	var ids []int64
	a.JSON().ForEach(func(_, r gjson.Result) bool {
		ids = append(ids, r.Get("id").Int())
		return true
	})
	return ids, a
}

// created ends a create call and takes the ids from its answer.
func (c *Client) created(ctx context.Context, model string, want int, odooContext string) ([]int64, Answer) {
	c.body.endCreate()
	a := c.send(ctx, model, "create", odooContext)
	if !a.OK() {
		return nil, a
	}
	ids := idsOf(a.JSON())
	if len(ids) != want || ids[0] == 0 {
		return nil, a.fail(results.ServerError, "create answered without ids")
	}
	return ids, a
}

// Unlink deletes records for good.
func (c *Client) Unlink(ctx context.Context, model string, ids ...int64) Answer {
	c.start(model, "unlink", ids)
	return c.send(ctx, model, "unlink", "")
}

// Archive hides records that other documents still need.
func (c *Client) Archive(ctx context.Context, model string, ids ...int64) Answer {
	c.start(model, "write", ids).Key("vals").Raw(`{"active":false}`)
	return c.send(ctx, model, "write", "")
}

// idsOf is all ids of a result that is an id or a list of ids.
func idsOf(result gjson.Result) []int64 {
	if !result.IsArray() {
		return []int64{result.Int()}
	}
	var ids []int64
	result.ForEach(func(_, id gjson.Result) bool {
		ids = append(ids, id.Int())
		return true
	})
	return ids
}

// related is the id of a many2one value, [id, name] or false.
func related(value gjson.Result) int64 {
	if value.IsArray() {
		return value.Get("0").Int()
	}
	return value.Int()
}
