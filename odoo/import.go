package odoo

import (
	"context"

	"example.org/odooharness/results"
)

// Import loads rows the way a person's spreadsheet does. Odoo takes all of them or
// none, and reports bad rows with status 200: the outcome says which.
func (c *Client) Import(ctx context.Context, model string, fields []string, rows [][]string) ([]int64, Answer) {
	b := c.start(model, "load", nil)
	b.Key("fields").Strs(fields...)
	b.Key("data").Raw("[")
	for i, row := range rows {
		if i > 0 {
			b.Raw(",")
		}
		b.Strs(row...)
	}
	b.Raw("]")
	return importAnswer(c.send(ctx, model, "load", ""))
}

func importAnswer(a Answer) ([]int64, Answer) {
	if !a.OK() {
		return nil, a
	}
	if ids := a.JSON().Get("ids"); ids.IsArray() {
		return idsOf(ids), a
	}
	return nil, a.fail(results.UserError, "import refused")
}
