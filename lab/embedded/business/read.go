package business

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// query is what search_read and its relatives have in common.
type query struct {
	model         model
	fields        []string
	condition     string
	args          []any
	order         string
	offset, limit int64
	flat          map[string]bool // many2one as {id, display_name}; false: id alone; absent: [id, name]
}

// newQuery reads domain, order, offset and limit from the call.
func (c *Call) newQuery() (query, error) {
	q := query{model: c.Catalogue.models[c.Model]}
	w := where{catalogue: c.Catalogue.models}
	var err error
	if q.condition, err = w.condition(q.model, c.Args["domain"]); err != nil {
		return q, err
	}
	q.args = w.args
	if q.limit, err = argument[int64](c.Args, "limit"); err != nil {
		if q.limit = 0; string(c.Args["limit"]) != "false" {
			return q, err
		}
	}
	if q.offset, err = argument[int64](c.Args, "offset"); err != nil {
		return q, err
	}
	order, err := argument[string](c.Args, "order")
	if err != nil {
		return q, err
	}
	q.order, err = q.model.orderBy(order)
	return q, err
}

// orderBy translates "date desc, id".
func (m model) orderBy(order string) (string, error) {
	if order == "" {
		return m.order, nil
	}
	shape := regexp.MustCompile(`(?i)^\s*([a-z_]+)(?:\s+(asc|desc))?\s*$`)
	var parts []string
	for term := range strings.SplitSeq(order, ",") {
		found := shape.FindStringSubmatch(term)
		if found == nil {
			return "", BadArguments(fmt.Errorf("order: %q", order))
		}
		f, err := m.field(found[1])
		if err != nil {
			return "", err
		}
		parts = append(parts, f.sql+" "+found[2])
	}
	return strings.Join(parts, ", "), nil
}

// records lets PostgreSQL write the whole answer.
func (c *Call) records(ctx context.Context, q query) (json.RawMessage, error) {
	names := q.fields
	if names == nil {
		for name := range q.model.fields {
			names = append(names, name)
		}
		slices.Sort(names)
	}
	pairs := []string{"'id', m.id"}
	for _, name := range names {
		f, err := q.model.field(name)
		if err != nil {
			return nil, err
		}
		if name == "id" {
			continue
		}
		expression := f.json(c.Catalogue.models)
		if named, ok := q.flat[name]; ok && f.kind == many2one {
			if named {
				expression = strings.Replace(expression, "json_build_array("+f.sql+",",
					"json_build_object('id', "+f.sql+", 'display_name',", 1)
			} else {
				expression = fmt.Sprintf("coalesce(to_json(%s), 'false')", f.sql)
			}
		}
		pairs = append(pairs, fmt.Sprintf("'%s', %s", name, expression))
	}
	limit := "all"
	if q.limit > 0 {
		limit = fmt.Sprint(q.limit)
	}
	sql := fmt.Sprintf(`select coalesce(json_agg(r), '[]')::text from (
		select json_build_object(%s) as r from %s m where %s order by %s limit %s offset %d) page`,
		strings.Join(pairs, ", "), q.model.table, q.condition, q.order, limit, q.offset)
	var answer string
	if err := c.row(ctx, sql, q.args...).Scan(&answer); err != nil {
		return nil, err
	}
	return json.RawMessage(answer), nil
}

func searchRead(ctx context.Context, c *Call) (any, error) {
	q, err := c.newQuery()
	if err != nil {
		return nil, err
	}
	if q.fields, err = argument[[]string](c.Args, "fields"); err != nil {
		return nil, err
	}
	return c.records(ctx, q)
}

func search(ctx context.Context, c *Call) (any, error) {
	q, err := c.newQuery()
	if err != nil {
		return nil, err
	}
	limit := "all"
	if q.limit > 0 {
		limit = fmt.Sprint(q.limit)
	}
	ids, err := c.numbers(ctx, fmt.Sprintf("select m.id from %s m where %s order by %s limit %s offset %d",
		q.model.table, q.condition, q.order, limit, q.offset), q.args...)
	if ids == nil {
		ids = []int64{}
	}
	return ids, err
}

func searchCount(ctx context.Context, c *Call) (any, error) {
	q, err := c.newQuery()
	if err != nil {
		return nil, err
	}
	return c.count(ctx, q)
}

func (c *Call) count(ctx context.Context, q query) (n int64, err error) {
	err = c.row(ctx, fmt.Sprintf("select count(*) from %s m where %s", q.model.table, q.condition), q.args...).Scan(&n)
	return n, err
}

// read reads records by id; one that is not there is an error.
func read(ctx context.Context, c *Call) (any, error) {
	m := c.Catalogue.models[c.Model]
	if err := c.exist(ctx, c.IDs); err != nil {
		return nil, err
	}
	q := query{model: m, condition: "m.id = any($1)", args: []any{c.IDs}, order: "array_position($1::bigint[], m.id::bigint)"}
	var err error
	if q.fields, err = argument[[]string](c.Args, "fields"); err != nil {
		return nil, err
	}
	return c.records(ctx, q)
}

// exist raises MissingError for the first id that is not there.
func (c *Call) exist(ctx context.Context, ids []int64) error {
	gone, err := c.numbers(ctx, fmt.Sprintf(`select i from unnest($1::bigint[]) i
		where not exists (select from %s m where m.id = i)`,
		c.Catalogue.models[c.Model].table), ids)
	if err != nil {
		return err
	}
	if len(gone) > 0 {
		return missing(c.Model, gone[0])
	}
	return nil
}

// webSearchRead is the call of the list views.
func webSearchRead(ctx context.Context, c *Call) (any, error) {
	q, err := c.newQuery()
	if err != nil {
		return nil, err
	}
	if err := q.specify(c.Args); err != nil {
		return nil, err
	}
	length, err := c.count(ctx, q)
	if err != nil {
		return nil, err
	}
	records, err := c.records(ctx, q)
	return map[string]any{"length": length, "records": records}, err
}
