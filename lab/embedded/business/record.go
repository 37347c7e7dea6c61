package business

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// values are the fields of a record that a client sends.
type values map[string]json.RawMessage

// valuesOf reads vals_list, which may be one record or a list of them; Odoo
// answers one id or a list accordingly.
func (c *Call) valuesOf() (list []values, single bool, err error) {
	raw := bytes.TrimSpace(c.Args["vals_list"])
	if len(raw) > 0 && raw[0] == '{' {
		one, err := argument[values](c.Args, "vals_list")
		return []values{one}, true, err
	}
	list, err = argument[[]values](c.Args, "vals_list")
	if err == nil && len(list) == 0 {
		err = BadArguments(fmt.Errorf("%s.create() missing 1 required positional argument: 'vals_list'", c.Model))
	}
	return list, false, err
}

// answerIDs answers create: a list, or the one id for one record in RPC's old form.
func answerIDs(ids []int64, single bool) any {
	if single {
		return ids[0]
	}
	return ids
}

// create inserts records of a model that is open for it.
func create(ctx context.Context, c *Call) (any, error) {
	m := c.Catalogue.models[c.Model]
	if !m.grow {
		return nil, &Error{"odoo.exceptions.AccessError",
			fmt.Sprintf("You are not allowed to create '%s' records in the embedded target.", c.Model), 403, 200}
	}
	list, single, err := c.valuesOf()
	if err != nil {
		return nil, err
	}
	ids := make([]int64, 0, len(list))
	for _, vals := range list {
		columns, args, err := m.columns(vals)
		if err != nil {
			return nil, err
		}
		if vals["name"] == nil {
			return nil, &Error{"odoo.exceptions.ValidationError", "Missing required fields: Name", 422, 200}
		}
		id, err := c.insert(ctx, m.table, columns, args)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return answerIDs(ids, single), nil
}

// insert adds one row and returns its id.
func (c *Call) insert(ctx context.Context, table string, columns []string, args []any) (id int64, err error) {
	places := make([]string, len(args))
	for i := range args {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	err = c.row(ctx, fmt.Sprintf("insert into %s (%s) values (%s) returning id",
		table, strings.Join(columns, ", "), strings.Join(places, ", ")), args...).Scan(&id)
	return id, err
}

// columns splits values into columns and arguments, in a fixed order.
func (m model) columns(vals values) (columns []string, args []any, err error) {
	var names []string
	for name := range vals {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		f, err := m.field(name)
		if err != nil {
			return nil, nil, err
		}
		if !f.writable {
			return nil, nil, BadArguments(fmt.Errorf("field '%s' on model '%s' cannot be written", name, m.name))
		}
		value, err := scalar(vals[name])
		if err != nil {
			return nil, nil, err
		}
		if value == false && (f.kind != plain || !isTruth(name)) {
			value = nil // Odoo's empty value
		}
		columns, args = append(columns, name), append(args, value)
	}
	return columns, args, nil
}

// isTruth reports whether a plain field holds a truth value.
func isTruth(name string) bool {
	return slices.Contains([]string{"is_storable", "sale_ok", "purchase_ok", "active", "picked"}, name)
}

// write updates plain fields of a model that is open for it.
func write(ctx context.Context, c *Call) (any, error) {
	m := c.Catalogue.models[c.Model]
	if !m.grow {
		return nil, &Error{"odoo.exceptions.AccessError",
			fmt.Sprintf("You are not allowed to modify '%s' records in the embedded target.", c.Model), 403, 200}
	}
	vals, err := argument[values](c.Args, "vals")
	if err != nil {
		return nil, err
	}
	if err := c.exist(ctx, c.IDs); err != nil {
		return nil, err
	}
	columns, args, err := m.columns(vals)
	if err != nil || len(columns) == 0 {
		return true, err
	}
	for i, column := range columns {
		columns[i] = fmt.Sprintf("%s = $%d", column, i+1)
	}
	_, err = c.exec(ctx, fmt.Sprintf("update %s set %s where id = any($%d)", m.table, strings.Join(columns, ", "), len(args)+1),
		append(args, c.IDs)...)
	return true, err
}

// unlink deletes partners and products that nothing refers to, and draft or
// cancelled orders.
func unlink(ctx context.Context, c *Call) (any, error) {
	guard := map[string]string{
		"res.partner": `not exists (select from sale_order o
			where o.partner_id = m.id) and not exists (select from purchase_order o where o.partner_id = m.id)`,
		"product.product": `not exists (select from stock_move v
			where v.product_id = m.id) and not exists (select from sale_order_line l where l.product_id = m.id)`,
		"sale.order":     "m.state in ('draft', 'cancel')",
		"purchase.order": "m.state in ('draft', 'cancel')",
	}[c.Model]
	if guard == "" {
		return nil, &Error{"odoo.exceptions.AccessError",
			fmt.Sprintf("You are not allowed to delete '%s' records in the embedded target.", c.Model), 403, 200}
	}
	tag, err := c.exec(ctx, fmt.Sprintf(`delete from %s m where m.id = any($1)
		and %s`, c.Catalogue.models[c.Model].table, guard), c.IDs)
	if err != nil {
		return nil, err
	}
	if tag.RowsAffected() < int64(len(sorted(c.IDs))) {
		return nil, userError("The operation cannot be completed: another model requires the record being deleted.")
	}
	return true, nil
}
