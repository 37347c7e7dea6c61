package business

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// where translates a domain, Odoo's prefix notation, into an SQL condition over
// the alias m.
//
//	["|", ["state","=","sale"], ["partner_id.name","ilike","ab"], ["id","in",[1,2]]]
type where struct {
	catalogue map[string]model
	args      []any
}

// condition is the whole domain; an empty one is true.
func (w *where) condition(m model, raw json.RawMessage) (string, error) {
	if len(raw) == 0 || string(raw) == "null" || string(raw) == "false" {
		return "true", nil
	}
	var terms []json.RawMessage
	if err := json.Unmarshal(raw, &terms); err != nil {
		return "", BadArguments(fmt.Errorf("domain: %w", err))
	}
	parts := []string{"true"}
	for len(terms) > 0 {
		sql, rest, err := w.term(m, terms)
		if err != nil {
			return "", err
		}
		parts, terms = append(parts, sql), rest
	}
	return strings.Join(parts, " and "), nil
}

// term takes one operator with its operands, or one leaf, from the front.
func (w *where) term(m model, terms []json.RawMessage) (sql string, rest []json.RawMessage, err error) {
	if len(terms) == 0 {
		return "", nil, BadArguments(fmt.Errorf("domain: an operator lacks an operand"))
	}
	var operator string
	if json.Unmarshal(terms[0], &operator) != nil {
		sql, err = w.leaf(m, terms[0])
		return sql, terms[1:], err
	}
	if operator == "!" {
		sql, rest, err = w.term(m, terms[1:])
		return "not (" + sql + ")", rest, err
	}
	word := map[string]string{"&": " and ", "|": " or "}[operator]
	if word == "" {
		return "", nil, BadArguments(fmt.Errorf("domain: unknown operator %q", operator))
	}
	left, rest, err := w.term(m, terms[1:])
	if err != nil {
		return "", nil, err
	}
	right, rest, err := w.term(m, rest)
	return "(" + left + word + right + ")", rest, err
}

// leaf is [field, operator, value].
func (w *where) leaf(m model, raw json.RawMessage) (string, error) {
	var parts []json.RawMessage
	var path, operator string
	if json.Unmarshal(raw, &parts) != nil || len(parts) != 3 ||
		json.Unmarshal(parts[0], &path) != nil || json.Unmarshal(parts[1], &operator) != nil {
		return "", BadArguments(fmt.Errorf("domain: %s is no [field, operator, value]", raw))
	}
	name, rest, dotted := strings.Cut(path, ".")
	f, err := m.field(name)
	if err != nil {
		return "", err
	}
	if f.kind == many2one && !dotted && strings.Contains(operator, "like") {
		rest, dotted = "display_name", true // a name is searched for
	}
	if dotted {
		return w.through(f, rest, operator, parts[2])
	}
	return w.compare(f, operator, parts[2])
}

// through follows a many2one.
func (w *where) through(f field, path, operator string, operand json.RawMessage) (string, error) {
	related, ok := w.catalogue[f.comodel]
	if f.kind != many2one || !ok {
		return "", BadArguments(fmt.Errorf("domain: %s leads nowhere", path))
	}
	inner, err := json.Marshal([]any{path, operator, operand})
	if err != nil {
		return "", err
	}
	sql, err := w.leaf(related, inner)
	if err != nil {
		return "", err
	}
	// The inner query hides the outer alias, which its condition does not need.
	return fmt.Sprintf("%s in (select m.id from %s m where %s)", f.sql, related.table, sql), nil
}

// compare is a field against a value.
func (w *where) compare(f field, operator string, raw json.RawMessage) (string, error) {
	value, err := scalar(raw)
	if err != nil {
		return "", err
	}
	switch operator {
	case "=", "!=", "<", ">", "<=", ">=":
		if value == nil || value == false {
			if f.kind == plain && value == false && operator == "=" {
				return fmt.Sprintf("(%[1]s is null or %[1]s::text in ('false', ''))", f.sql), nil
			}
			return f.sql + map[bool]string{true: " is null", false: " is not null"}[operator == "="], nil
		}
		if operator == "!=" { // Odoo counts an empty field as different
			return fmt.Sprintf("%s is distinct from %s", f.sql, w.bind(value)), nil
		}
		return f.sql + " " + operator + " " + w.bind(value), nil
	case "in", "not in":
		list, err := scalars(raw)
		if err != nil {
			return "", err
		}
		sql := "false"
		if list != nil {
			sql = f.sql + " = any(" + w.bind(list) + ")"
		}
		if operator == "not in" {
			sql = "(" + sql + ") is not true"
		}
		return sql, nil
	case "like", "ilike", "not ilike", "=like", "=ilike":
		text, ok := value.(string)
		if !ok {
			return "", BadArguments(fmt.Errorf("domain: %s wants a text", operator))
		}
		if !strings.HasPrefix(operator, "=") {
			text = "%" + text + "%"
		}
		return f.sql + " " + strings.TrimPrefix(operator, "=") + " " + w.bind(text), nil
	}
	return "", BadArguments(fmt.Errorf("domain: unknown operator %q", operator))
}

// bind adds an argument and returns its place.
func (w *where) bind(value any) string {
	w.args = append(w.args, value)
	return fmt.Sprintf("$%d", len(w.args))
}

// scalar decodes a value; whole numbers stay whole.
func scalar(raw json.RawMessage) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, BadArguments(err)
	}
	return number(value), nil
}

func number(value any) any {
	n, ok := value.(json.Number)
	if !ok {
		return value
	}
	if whole, err := n.Int64(); err == nil {
		return whole
	}
	fraction, err := n.Float64()
	if err != nil {
		return n.String()
	}
	return fraction
}

// scalars decodes a list of numbers, of truth values or of texts; an empty one is nil.
func scalars(raw json.RawMessage) (any, error) {
	var ints []int64
	if json.Unmarshal(raw, &ints) == nil {
		if len(ints) == 0 {
			return nil, nil // an empty list
		}
		return ints, nil
	}
	var truths []bool
	if json.Unmarshal(raw, &truths) == nil {
		return truths, nil
	}
	var texts []string
	if err := json.Unmarshal(raw, &texts); err != nil {
		return nil, BadArguments(fmt.Errorf("domain: in wants numbers or texts: %w", err))
	}
	return texts, nil
}
