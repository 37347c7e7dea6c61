package business

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"strings"
)

// createImports keeps a file for execute_import.
func createImports(ctx context.Context, c *Call) (any, error) {
	list, single, err := c.valuesOf()
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, vals := range list {
		model, err1 := argument[string](Arguments(vals), "res_model")
		file, err2 := argument[string](Arguments(vals), "file")
		if err := errorOf(err1, err2); err != nil {
			return nil, err
		}
		id, err := c.insert(ctx, "base_import_import", []string{"res_model", "file"}, []any{model, file})
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return answerIDs(ids, single), nil
}

// executeImport reads the file as CSV with a header, and loads its rows.
func executeImport(ctx context.Context, c *Call) (any, error) {
	if err := c.exist(ctx, c.IDs); err != nil {
		return nil, err
	}
	var model, file string
	err := c.row(ctx, "select res_model, file from base_import_import where id = any($1) limit 1", c.IDs).Scan(&model, &file)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil || len(rows) < 2 {
		text := "Import file has no content or is corrupt"
		if err != nil {
			text = err.Error()
		}
		return map[string]any{"messages": []any{map[string]any{"type": "error", "message": text}}}, nil
	}
	if c.Args["data"], err = json.Marshal(rows[1:]); err != nil {
		return nil, err
	}
	c.Model = model
	switch model {
	case "product.product":
		return loadProducts(ctx, c)
	case "sale.order":
		return loadOrders(ctx, c)
	}
	return nil, userError("The embedded target imports product.product and sale.order, not %s.", model)
}
