package manifest

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// walk compares a YAML node with the Go type that it will be decoded into, and
// reports every unknown key and every scalar of the wrong type. The decoder
// behind it would stop at the first and knows no lines.
func walk(p *problems, node *yaml.Node, typ reflect.Type, at string) {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if node.Tag == "!!null" || decodesItself(typ) {
		return
	}
	switch typ.Kind() {
	case reflect.Struct:
		walkStruct(p, node, typ, at)
	case reflect.Map:
		if !isKind(p, node, yaml.MappingNode, at, "a mapping") {
			return
		}
		seen := map[string]int{}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if once(p, seen, node.Content[i], at) {
				walk(p, node.Content[i+1], typ.Elem(), join(at, node.Content[i].Value))
			}
		}
	case reflect.Slice, reflect.Array:
		if typ.Elem().Kind() == reflect.Uint8 { // bytes travel as base64
			walkBytes(p, node, at)
			return
		}
		if !isKind(p, node, yaml.SequenceNode, at, "a list") {
			return
		}
		for i, item := range node.Content {
			walk(p, item, typ.Elem(), at+"["+strconv.Itoa(i)+"]")
		}
	case reflect.Interface:
		walkAny(p, node, typ, at)
	default:
		walkScalar(p, node, typ, at)
	}
}

// walkAny finds keys that are given twice in a value of any form.
func walkAny(p *problems, node *yaml.Node, typ reflect.Type, at string) {
	seen := map[string]int{}
	for i, child := range node.Content {
		switch {
		case node.Kind == yaml.SequenceNode:
			walk(p, child, typ, at+"["+strconv.Itoa(i)+"]")
		case i%2 == 1 && once(p, seen, node.Content[i-1], at):
			walk(p, child, typ, join(at, node.Content[i-1].Value))
		}
	}
}

func walkStruct(p *problems, node *yaml.Node, typ reflect.Type, at string) {
	if !isKind(p, node, yaml.MappingNode, at, "a mapping") {
		return
	}
	known := fieldsOf(typ)
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if !once(p, seen, key, at) {
			continue
		}
		field, ok := known[key.Value]
		if !ok {
			p.add(key.Line, join(at, key.Value), "unknown field%s", suggestion(key.Value, known))
			continue
		}
		walk(p, node.Content[i+1], field, join(at, key.Value))
	}
}

// once reports whether a key occurs for the first time, and the problem when it does not.
func once(p *problems, seen map[string]int, key *yaml.Node, at string) bool {
	first, twice := seen[key.Value]
	if twice {
		p.add(key.Line, join(at, key.Value), "given twice, first on line %d; keep one", first)
		return false
	}
	seen[key.Value] = key.Line
	return true
}

func walkBytes(p *problems, node *yaml.Node, at string) {
	if !isKind(p, node, yaml.ScalarNode, at, "a single value") {
		return
	}
	if _, err := base64.StdEncoding.DecodeString(node.Value); err != nil {
		p.add(node.Line, at, "must be base64, as Kubernetes writes bytes; write %q for %q",
			base64.StdEncoding.EncodeToString([]byte(node.Value)), node.Value)
	}
}

func walkScalar(p *problems, node *yaml.Node, typ reflect.Type, at string) {
	if !isKind(p, node, yaml.ScalarNode, at, "a single value") {
		return
	}
	want := ""
	switch typ.Kind() {
	case reflect.String:
		if last := at[strings.LastIndex(at, ".")+1:]; node.Tag == "!!int" && slices.Contains(durations(), last) {
			p.add(node.Line, at, "must be a duration with its unit, not %s; write e.g. %ss", node.Value, node.Value)
		} else if node.Tag != "!!str" {
			p.add(node.Line, at, "must be text, not %s; write \"%s\"", node.Value, node.Value)
		}
		return
	case reflect.Bool:
		if node.Tag != "!!bool" {
			want = "true or false"
		}
	case reflect.Float32, reflect.Float64:
		if node.Tag != "!!int" && node.Tag != "!!float" {
			want = "a number"
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if _, err := strconv.ParseUint(node.Value, 0, typ.Bits()); err != nil || node.Tag != "!!int" {
			want = "a whole number, not negative and not quoted"
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if _, err := strconv.ParseInt(node.Value, 0, typ.Bits()); err != nil || node.Tag != "!!int" {
			want = "a whole number, not quoted"
		}
	}
	if want != "" {
		p.add(node.Line, at, "must be %s, not %q", want, node.Value)
	}
}

// durations lists the fields of Chaos Mesh that are a duration as text.
func durations() []string {
	return []string{"duration", "deadline", "delay", "latency", "jitter", "timeOffset"}
}

func isKind(p *problems, node *yaml.Node, want yaml.Kind, at, name string) bool {
	if node.Kind != want {
		p.add(node.Line, at, "must be %s", name)
		return false
	}
	return true
}

// decodesItself reports types with a JSON form of their own (times, quantities).
func decodesItself(typ reflect.Type) bool {
	unmarshaler := reflect.TypeFor[json.Unmarshaler]()
	return typ.Kind() != reflect.Interface && reflect.PointerTo(typ).Implements(unmarshaler)
}

// fieldsOf maps the JSON names of a struct, embedded ones included, to types.
func fieldsOf(typ reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case name == "" && f.Anonymous:
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			for key, t := range fieldsOf(inner) {
				if _, outer := fields[key]; !outer {
					fields[key] = t
				}
			}
		case name == "":
			fields[f.Name] = f.Type
		default:
			fields[name] = f.Type
		}
	}
	return fields
}

// suggestion names the known field that was probably meant.
func suggestion(key string, known map[string]reflect.Type) string {
	names := make([]string, 0, len(known))
	for name := range known {
		if strings.EqualFold(name, key) || distance(strings.ToLower(name), strings.ToLower(key)) <= 2 {
			return "; did you mean " + name + "?"
		}
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) > 16 {
		return ""
	}
	return "; here belong " + strings.Join(names, ", ")
}

// distance is the number of single letters to change, add or remove
// (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func join(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}

// lineOf finds the line of a path as Chaos Mesh's validation writes it: with the
// names of Go fields and of embedded structs ("Spec.TcParameter.Delay.Latency").
// What is not in the file is skipped, so that the line of the nearest parent
// comes out; so is the path in the file's own words.
func lineOf(root *yaml.Node, path string) (line int, at string) {
	node, line := root, root.Line
	path = strings.ReplaceAll(path, "[", ".[")
	for _, segment := range strings.Split(path, ".") {
		for node.Kind == yaml.AliasNode {
			node = node.Alias
		}
		if index, ok := strings.CutPrefix(segment, "["); ok && node.Kind == yaml.SequenceNode {
			i, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
			if err == nil && i < len(node.Content) {
				node, line, at = node.Content[i], node.Content[i].Line, at+segment
			}
			continue
		}
		if node.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if strings.EqualFold(node.Content[i].Value, segment) {
				line, at = node.Content[i].Line, join(at, node.Content[i].Value)
				node = node.Content[i+1]
				break
			}
		}
	}
	return line, at
}
