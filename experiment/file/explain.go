package file

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// problems flattens the tree of causes into its leaves: those are what a person
// can mend.
func (d *Document) problems(schema any, e *jsonschema.ValidationError) Problems {
	if missing := alternatives(e); len(missing) > 0 {
		return Problems{{File: d.Path, Line: d.line(e.InstanceLocation), Field: strings.Join(e.InstanceLocation, "."),
			What: "missing " + strings.Join(missing, " or "), Remedy: "add one of them"}}
	}
	if len(e.Causes) > 0 {
		var all Problems
		for _, cause := range readable(fitting(e)) {
			all = append(all, d.problems(schema, cause)...)
		}
		return all
	}
	part := partOf(schema, e.SchemaURL)
	known, _ := part["properties"].(map[string]any)
	if k, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
		patterns, _ := part["patternProperties"].(map[string]any)
		return d.unknown(e.InstanceLocation, k.Properties, known, sorted(patterns))
	}
	what, remedy := explain(e, known)
	if k, ok := e.ErrorKind.(*kind.Type); ok && k.Got == "number" && isTime(part) {
		remedy = "write it with its unit: 90s, 1m30s"
	}
	if about, ok := part["description"].(string); ok && remedy == "" {
		remedy = about
	}
	if remedy == "" {
		remedy = "write a value in that range"
	}
	return Problems{{
		File: d.Path, Line: d.line(e.InstanceLocation), Field: strings.Join(e.InstanceLocation, "."),
		What: what, Remedy: remedy,
	}}
}

// alternatives lists the fields of which a mapping lacks all, although it needs one.
func alternatives(e *jsonschema.ValidationError) (missing []string) {
	switch e.ErrorKind.(type) {
	case *kind.OneOf, *kind.AnyOf:
	default:
		return nil
	}
	for _, cause := range e.Causes {
		k, ok := cause.ErrorKind.(*kind.Required)
		if !ok || len(k.Missing) != 1 {
			return nil
		}
		missing = append(missing, k.Missing[0])
	}
	return missing
}

// fitting are the causes of the alternative whose type the value has, where one has it.
func fitting(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	switch e.ErrorKind.(type) {
	case *kind.OneOf, *kind.AnyOf:
	default:
		return e.Causes
	}
	others := slices.DeleteFunc(slices.Clone(e.Causes), func(cause *jsonschema.ValidationError) bool {
		switch cause.ErrorKind.(type) {
		case *kind.Enum, *kind.Type:
			return true
		}
		return false
	})
	if len(others) == 0 {
		return e.Causes
	}
	return others
}

// readable leaves out that a text is no time at all, where it is not even a time.
func readable(causes []*jsonschema.ValidationError) []*jsonschema.ValidationError {
	empty := func(e *jsonschema.ValidationError) bool {
		k, ok := e.ErrorKind.(*kind.Pattern)
		return ok && k.Want == "[1-9]"
	}
	others := slices.DeleteFunc(slices.Clone(causes), empty)
	if len(others) == 0 {
		return causes
	}
	return others
}

// isTime reports whether a part of a schema is that of a time span.
func isTime(part map[string]any) bool {
	return strings.Contains(fmt.Sprint(part["pattern"], part["allOf"]), "ms|s|m|h")
}

// unknown reports each field that the schema does not know, at its own line. Where users
// choose the names, patterns are what those must match.
func (d *Document) unknown(parent, fields []string, known map[string]any, patterns []string) Problems {
	var all Problems
	for _, field := range fields {
		path := append(slices.Clone(parent), field)
		all = append(all, Problem{File: d.Path, Line: d.keyLine(path), Field: strings.Join(path, "."),
			What: "unknown field " + field, Remedy: spelling(field, known)})
		if len(patterns) > 0 {
			last := &all[len(all)-1]
			last.What = fmt.Sprintf("%q is not allowed as a name here", field)
			last.Remedy = "it must match " + strings.Join(patterns, " or ")
		}
	}
	return all
}

func explain(e *jsonschema.ValidationError, known map[string]any) (what, remedy string) {
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return "missing " + strings.Join(k.Missing, ", "), "add " + describe(k.Missing, known)
	case *kind.DependentRequired:
		return fmt.Sprintf("%s without %s", k.Prop, strings.Join(k.Missing, ", ")),
			"add " + strings.Join(k.Missing, ", ") + ", or remove " + k.Prop
	case *kind.Pattern:
		if k.Want == "[1-9]" {
			return fmt.Sprintf("%q is no time at all", k.Got), "write a longer one, or remove the field; 1ms is the shortest"
		}
		if strings.Contains(k.Want, "ms|s|m|h") {
			return fmt.Sprintf("%q is not a time", k.Got), "write 90s, 1m30s, or cutoff-90s where a landmark is allowed"
		}
		return fmt.Sprintf("%q is not allowed here", k.Got), "it must match " + k.Want
	case *kind.Enum:
		want := make([]string, len(k.Want))
		for i, v := range k.Want {
			want[i] = fmt.Sprint(v)
		}
		return fmt.Sprintf("%s is not one of %s", shown(k.Got), strings.Join(want, ", ")), "write one of them"
	case *kind.Const:
		return shown(k.Got) + " is not known here", fmt.Sprintf("write %v", k.Want)
	case *kind.InvalidJsonValue:
		return fmt.Sprintf("%v is no number that can be counted with", k.Value), "write a finite number"
	case *kind.MinLength:
		return "this text is empty", "write at least a character"
	case *kind.MaxLength:
		return fmt.Sprintf("%d characters", k.Got), fmt.Sprintf("write at most %d", k.Want)
	case *kind.Type:
		return fmt.Sprintf("this is %s", article(k.Got)), "write " + article(k.Want...)
	case *kind.Not:
		return "does not belong here", ""
	case *kind.UniqueItems:
		return "an entry is there twice", "remove one of the two"
	case *kind.OneOf:
		return "exactly one of the alternatives must be given",
			"a setup has either lab or components, a prometheus either url or urlEnv"
	case *kind.MinItems:
		return fmt.Sprintf("%d entries", k.Got), fmt.Sprintf("write at least %d", k.Want)
	case *kind.MinProperties:
		return fmt.Sprintf("%d entries", k.Got), fmt.Sprintf("write at least %d", k.Want)
	}
	return outside(e.ErrorKind), ""
}

// shown is a value as an error repeats it.
func shown(value any) string {
	switch v := value.(type) {
	case nil:
		return "an empty value"
	case map[string]any:
		return article("object")
	case []any:
		return article("array")
	case string:
		if strings.TrimSpace(v) != v || v == "" {
			return strconv.Quote(v)
		}
	}
	return fmt.Sprint(value)
}

// outside explains a number or a length that is out of its range.
func outside(of jsonschema.ErrorKind) string {
	plain := func(r *big.Rat) string {
		if f, _ := r.Float64(); f != 0 && (math.Abs(f) >= 1e21 || math.Abs(f) < 1e-6) {
			return strconv.FormatFloat(f, 'g', -1, 64)
		}
		return strings.TrimRight(strings.TrimRight(r.FloatString(6), "0"), ".")
	}
	switch k := of.(type) {
	case *kind.Minimum:
		return plain(k.Got) + " is below the least, " + plain(k.Want)
	case *kind.Maximum:
		return plain(k.Got) + " is above the most, " + plain(k.Want)
	case *kind.ExclusiveMinimum:
		return plain(k.Got) + " is not above " + plain(k.Want)
	case *kind.ExclusiveMaximum:
		return plain(k.Got) + " is not below " + plain(k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("%d entries, at most %d", k.Got, k.Want)
	}
	return of.LocalizedString(message.NewPrinter(language.English))
}

// article names types of JSON as YAML writes them.
func article(types ...string) string {
	words := map[string]string{
		"null": "empty", "object": "a mapping (key: value)", "array": "a list ([a, b])",
		"string": "a text (in quotes, where it looks like a number)",
		"number": "a number", "integer": "a whole number", "boolean": "true or false",
	}
	all := make([]string, len(types))
	for i, t := range types {
		all[i] = words[t]
	}
	return strings.Join(all, " or ")
}

// spelling suggests the known field that is closest to a field, or lists all of them.
func spelling(field string, known map[string]any) string {
	best, distance := "", 3
	names := sorted(known)
	for _, name := range names {
		if d := edits(strings.ToLower(field), strings.ToLower(name)); d < distance {
			best, distance = name, d
		}
	}
	switch {
	case best != "":
		return "write " + best + ", or remove it"
	case len(names) == 0:
		return "remove it"
	}
	return "remove it; known here are " + strings.Join(names, ", ")
}

// describe lists fields, each with the description in its schema.
func describe(fields []string, known map[string]any) string {
	all := make([]string, len(fields))
	for i, field := range fields {
		all[i] = field
		if about, ok := known[field].(map[string]any); ok {
			if text, ok := about["description"].(string); ok {
				all[i] += " (" + text + ")"
			}
		}
	}
	return strings.Join(all, ", ")
}

// partOf returns the part of a schema that an error names by its URL:
// name#/properties/spec.
func partOf(schema any, url string) map[string]any {
	_, pointer, _ := strings.Cut(url, "#")
	for key := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if key == "" {
			continue
		}
		object, ok := schema.(map[string]any)
		if !ok {
			return nil // an element of a list: alternatives have no properties of their own
		}
		schema = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(key)]
	}
	part, _ := schema.(map[string]any)
	return part
}

// edits counts the insertions, deletions and replacements that make a from b
// (Levenshtein 1965).
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			above := row[j]
			replaced := diagonal
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(above+1, row[j-1]+1, replaced)
			diagonal = above
		}
	}
	return row[len(b)]
}
