package business

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
)

// webRead is the call of the form views: records by id, with the names of what they refer to.
func webRead(ctx context.Context, c *Call) (any, error) {
	if err := c.exist(ctx, c.IDs); err != nil {
		return nil, err
	}
	q := query{model: c.Catalogue.models[c.Model], condition: "m.id = any($1)", args: []any{c.IDs},
		order: "array_position($1::bigint[], m.id::bigint)"}
	if err := q.specify(c.Args); err != nil {
		return nil, err
	}
	return c.records(ctx, q)
}

// specify takes the fields from a specification: {name: {}, partner_id: {fields: {..}}}.
func (q *query) specify(args Arguments) error {
	specification, err := argument[map[string]struct{ Fields map[string]any }](args, "specification")
	if err != nil {
		return err
	}
	q.flat, q.fields = map[string]bool{}, []string{}
	for name, inner := range specification {
		q.fields = append(q.fields, name)
		q.flat[name] = inner.Fields != nil
	}
	slices.Sort(q.fields)
	return nil
}

// nameSearch completes what a user types: [[id, name], ...].
func nameSearch(ctx context.Context, c *Call) (any, error) {
	q, err := c.newQuery()
	if err != nil {
		return nil, err
	}
	text, err := argument[string](c.Args, "name")
	if err != nil {
		return nil, err
	}
	if q.limit == 0 {
		q.limit = 100
	}
	q.args = append(q.args, "%"+text+"%")
	name := q.model.fields["display_name"].sql
	var answer string
	err = c.row(ctx, fmt.Sprintf(`select coalesce(json_agg(json_build_array(id, name)), '[]')::text from (
		select m.id, %[1]s as name from %[2]s m where %[3]s and %[1]s ilike $%[4]d order by %[5]s limit %[6]d) page`,
		name, q.model.table, q.condition, len(q.args), q.order, q.limit), q.args...).Scan(&answer)
	return json.RawMessage(answer), err
}

// getViews answers with the fields of the model and views without content: the embedded
// target has no web client.
func getViews(_ context.Context, c *Call) (any, error) {
	views, err := argument[[][]any](c.Args, "views")
	if err != nil {
		return nil, err
	}
	fields := map[string]any{}
	for name := range c.Catalogue.models[c.Model].fields {
		fields[name] = map[string]any{"name": name, "string": name}
	}
	answer := map[string]any{}
	for _, v := range views {
		if len(v) != 2 {
			return nil, BadArguments(fmt.Errorf("views: want [id, type], not %v", v))
		}
		answer[fmt.Sprint(v[1])] = map[string]any{"arch": "", "id": v[0], "model": c.Model}
	}
	return map[string]any{"models": map[string]any{c.Model: map[string]any{"fields": fields}}, "views": answer}, nil
}

// postMessage writes a note on records. It answers the id of the last one.
func postMessage(ctx context.Context, c *Call) (any, error) {
	if err := c.exist(ctx, c.IDs); err != nil {
		return nil, err
	}
	body, err := argument[string](c.Args, "body")
	if err != nil {
		return nil, err
	}
	var id int64
	for _, record := range c.IDs {
		if err := c.row(ctx, "insert into mail_message (model, res_id, body, author_id) values ($1, $2, $3, $4) returning id",
			c.Model, record, body, c.UID).Scan(&id); err != nil {
			return nil, err
		}
	}
	return id, nil
}

// createAttachments stores files with records.
func createAttachments(ctx context.Context, c *Call) (any, error) {
	list, single, err := c.valuesOf()
	if err != nil {
		return nil, err
	}
	var ids []int64
	for _, vals := range list {
		columns, args, err := c.Catalogue.models[c.Model].columns(vals)
		if err != nil {
			return nil, err
		}
		id, err := c.insert(ctx, c.Catalogue.models[c.Model].table, columns, args)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return answerIDs(ids, single), nil
}
