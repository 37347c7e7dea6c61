package business

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// importError is a row that load refuses. The answer still has status 200.
type importError struct {
	row            int
	field, message string
}

func (e *importError) Error() string { return e.message }

// loading is an import: a table of texts, as a spreadsheet has it.
type loading struct {
	fields []string
	data   [][]string
}

func (c *Call) newLoading(allowed ...string) (*loading, error) {
	fields, err := argument[[]string](c.Args, "fields")
	if err != nil {
		return nil, err
	}
	raw, err := argument[[][]any](c.Args, "data")
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		if !slices.Contains(allowed, f) {
			return nil, &importError{0, f, fmt.Sprintf("Unknown field '%s' in %s", f, c.Model)}
		}
	}
	l := &loading{fields: fields, data: make([][]string, len(raw))}
	for i, row := range raw {
		if len(row) != len(fields) {
			return nil, &importError{i, "", fmt.Sprintf("row %d has %d columns, want %d", i+1, len(row), len(fields))}
		}
		for _, cell := range row {
			l.data[i] = append(l.data[i], fmt.Sprint(cell))
		}
	}
	return l, nil
}

// cell is the text of a column, empty when the column is not there.
func (l *loading) cell(row int, field string) string {
	if i := slices.Index(l.fields, field); i >= 0 {
		return strings.TrimSpace(l.data[row][i])
	}
	return ""
}

func (l *loading) number(row int, field string) (float64, error) {
	text := l.cell(row, field)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, &importError{row, field, fmt.Sprintf("'%s' does not seem to be a number for field '%s'", text, field)}
	}
	return n, nil
}

// answer is what load returns: ids, or false and the messages. Refused rows are
// rolled back with everything before them.
func (c *Call) answer(ctx context.Context, ids []int64, err error) (any, error) {
	var refused *importError
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &refused):
	case errors.As(err, &pg) && strings.HasPrefix(pg.Code, "22"):
		refused = &importError{0, "", pg.Message}
	case err != nil:
		return nil, err
	default:
		return map[string]any{"ids": ids, "messages": []any{}, "nextrow": 0}, nil
	}
	if _, err := c.exec(ctx, "rollback to savepoint load"); err != nil {
		return nil, err
	}
	return map[string]any{"ids": false, "nextrow": 0, "messages": []any{map[string]any{
		"type": "error", "message": refused.message,
		"field": refused.field, "rows": map[string]int{"from": refused.row, "to": refused.row}, "record": refused.row}}}, nil
}

// loadProducts imports products, in one statement.
func loadProducts(ctx context.Context, c *Call) (any, error) {
	if _, err := c.exec(ctx, "savepoint load"); err != nil {
		return nil, err
	}
	ids, err := c.loadProducts(ctx)
	return c.answer(ctx, ids, err)
}

func (c *Call) loadProducts(ctx context.Context) ([]int64, error) {
	l, err := c.newLoading("id", "name", "default_code", "barcode", "list_price", "standard_price",
		"is_storable", "type", "invoice_policy")
	if err != nil {
		return nil, err
	}
	type product struct {
		Name     string  `json:"name"`
		Code     string  `json:"default_code"`
		Price    float64 `json:"list_price"`
		Storable bool    `json:"is_storable"`
	}
	all := make([]product, len(l.data))
	for row := range l.data {
		p := product{Name: l.cell(row, "name"), Code: l.cell(row, "default_code")}
		if p.Name == "" {
			return nil, &importError{row, "name", "Missing required value for the field 'Name' (name)"}
		}
		if p.Price, err = l.number(row, "list_price"); err != nil {
			return nil, err
		}
		storable := strings.ToLower(l.cell(row, "is_storable"))
		p.Storable = storable == "true" || storable == "1" || storable == "yes"
		all[row] = p
	}
	raw, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	return c.numbers(ctx, `insert into product_product (name, default_code, list_price, is_storable)
		select name, nullif(default_code, ''), list_price, is_storable
		from json_to_recordset($1::json) as x(name text, default_code text, list_price float8, is_storable boolean)
		returning id`, string(raw))
}

// loadOrders imports quotations; a row whose order columns are empty continues the
// order above it.
func loadOrders(ctx context.Context, c *Call) (any, error) {
	if _, err := c.exec(ctx, "savepoint load"); err != nil {
		return nil, err
	}
	ids, err := c.loadOrders(ctx)
	return c.answer(ctx, ids, err)
}

func (c *Call) loadOrders(ctx context.Context) ([]int64, error) {
	const partnerID, productID, quantity = "partner_id/.id", "order_line/product_id/.id", "order_line/product_uom_qty"
	l, err := c.newLoading("id", partnerID, "client_order_ref", productID, quantity, "order_line/price_unit")
	if err != nil {
		return nil, err
	}
	var ids []int64
	for row := 0; row < len(l.data); {
		partner, err := l.number(row, partnerID)
		if err != nil {
			return nil, err
		}
		if partner == 0 {
			return nil, &importError{row, "partner_id", "Missing required value for the field 'Customer' (partner_id)"}
		}
		first := row
		var lines []orderLine
		for ; row < len(l.data) && (row == first || l.cell(row, partnerID) == ""); row++ {
			product, err := l.number(row, productID)
			if err != nil {
				return nil, err
			}
			n, err := l.number(row, quantity)
			if err != nil {
				return nil, err
			}
			if product != 0 {
				lines = append(lines, orderLine{Product: int64(product), Quantity: &n})
			}
		}
		id, err := c.createOrder(ctx, int64(partner), l.cell(first, "client_order_ref"), lines)
		var gone *Error
		if errors.As(err, &gone) {
			return nil, &importError{first, "order_line", "No matching record found: " + gone.Message}
		}
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

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
