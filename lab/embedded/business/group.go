package business

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// formattedReadGroup is the grouped read behind reports and pivot views: one
// object a group with its keys, its aggregates and the domain that leads to its
// records.
func formattedReadGroup(ctx context.Context, c *Call) (any, error) {
	q, err := c.newQuery()
	if err != nil {
		return nil, err
	}
	by, err := argument[[]string](c.Args, "groupby")
	if err != nil {
		return nil, err
	}
	aggregates, err := argument[[]string](c.Args, "aggregates")
	if err != nil {
		return nil, err
	}
	var inner, pairs, keys []string
	for i, spec := range by {
		sql, shape, err := c.groupKey(q.model, spec, i)
		if err != nil {
			return nil, err
		}
		inner = append(inner, fmt.Sprintf("%s as k%d", sql, i))
		keys = append(keys, fmt.Sprint(i+1))
		pairs = append(pairs, fmt.Sprintf("'%s', %s", spec, shape))
	}
	for i, spec := range aggregates {
		sql, err := aggregate(q.model, spec)
		if err != nil {
			return nil, err
		}
		inner = append(inner, fmt.Sprintf("%s as a%d", sql, i))
		pairs = append(pairs, fmt.Sprintf("'%s', coalesce(to_json(a%d), 'false')", spec, i))
	}
	pairs = append(pairs, "'__extra_domain', '[]'::json")
	if len(inner) == 0 {
		inner = append(inner, "count(*) as n")
	}
	grouped := ""
	if len(keys) > 0 {
		grouped = " group by " + strings.Join(keys, ", ") + " order by " + strings.Join(keys, ", ")
	}
	var answer string
	err = c.row(ctx, fmt.Sprintf(`select coalesce(json_agg(json_build_object(%s)), '[]')::text from (select %s from %s m
		where %s%s) g`,
		strings.Join(pairs, ", "), strings.Join(inner, ", "), q.model.table, q.condition, grouped), q.args...).Scan(&answer)
	return json.RawMessage(answer), err
}

// groupKey is the SQL of a key and the JSON that shows it: [id, name] for a
// many2one, [first day, label] for a period.
func (c *Call) groupKey(m model, spec string, i int) (sql, shape string, err error) {
	name, period, _ := strings.Cut(spec, ":")
	f, err := m.field(name)
	if err != nil {
		return "", "", err
	}
	key := fmt.Sprintf("k%d", i)
	switch {
	case period != "":
		labels := map[string]string{"day": "DD Mon YYYY", "week": `"W"IW IYYY`, "month": "FMMonth YYYY", "quarter": `"Q"Q
			YYYY`, "year": "YYYY"}
		label, ok := labels[period]
		if !ok || (f.kind != datetime && f.kind != date) {
			return "", "", BadArguments(fmt.Errorf("groupby: %q", spec))
		}
		return fmt.Sprintf("date_trunc('%s', %s)", period, f.sql), fmt.Sprintf(
			"case when %[1]s is null then 'false'::json else json_build_array(to_char(%[1]s, 'YYYY-MM-DD'), to_char(%[1]s, '%[2]s')) end",
			key, label), nil
	case f.kind == many2one:
		related := field{sql: key, kind: many2one, comodel: f.comodel}
		return f.sql, related.json(c.Catalogue.models), nil
	case f.kind == many2many:
		return "", "", BadArguments(fmt.Errorf("groupby: %q", spec))
	}
	return f.sql, fmt.Sprintf("coalesce(to_json(%s), 'false')", key), nil
}

// aggregate is "field:function", or "__count".
func aggregate(m model, spec string) (string, error) {
	if spec == "__count" {
		return "count(*)", nil
	}
	name, function, _ := strings.Cut(spec, ":")
	f, err := m.field(name)
	if err != nil {
		return "", err
	}
	switch function {
	case "sum", "avg", "min", "max", "count":
		return function + "(" + f.sql + ")", nil
	case "count_distinct":
		return "count(distinct " + f.sql + ")", nil
	case "array_agg":
		return "array_agg(" + f.sql + ")", nil
	}
	return "", BadArguments(fmt.Errorf("aggregates: %q", spec))
}
