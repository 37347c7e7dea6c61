package experiment

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/experiment/file"
)

// edit is one change of a file that is sound, with the line that it touches.
type edit struct {
	name string
	text string
	line int
}

// keysOf lists the keys of a document with their path. The documents are in block style.
func keysOf(path []string, node *yaml.Node, visit func(path []string, key, value *yaml.Node)) {
	for i, child := range node.Content {
		switch node.Kind {
		case yaml.MappingNode:
			if i%2 == 0 {
				at := append(slices.Clone(path), child.Value)
				visit(at, child, node.Content[i+1])
				keysOf(at, node.Content[i+1], visit)
			}
		case yaml.SequenceNode:
			keysOf(append(slices.Clone(path), strconv.Itoa(i)), child, visit)
		}
	}
}

// block is a document in block style: each key has a line of its own.
func block(t *testing.T, text string) (string, *yaml.Node) {
	t.Helper()
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		t.Fatal(err)
	}
	var plain func(*yaml.Node)
	plain = func(n *yaml.Node) {
		n.Style &^= yaml.FlowStyle
		for _, c := range n.Content {
			plain(c)
		}
	}
	plain(&root)
	out, err := yaml.Marshal(&root)
	if err != nil {
		t.Fatal(err)
	}
	var again yaml.Node
	if err := yaml.Unmarshal(out, &again); err != nil {
		t.Fatal(err)
	}
	return string(out), again.Content[0]
}

// misspelt swaps the last two letters of a key.
func misspelt(key string) string {
	n := len(key)
	if n < 2 || key[n-1] == key[n-2] {
		return key + "x"
	}
	return key[:n-2] + string(key[n-1]) + string(key[n-2])
}

// free are mappings whose keys the user chooses. A key that is misspelt there refers to
// nothing, which other cases hold.
var free = regexp.MustCompile(`(^|\.)(tenants|env|labels|annotations|labelSelectors|commands)\..*$`)

// edits misspells and doubles each key of a document, and removes each that its schema
// requires.
func edits(t *testing.T, text, schema string) []edit {
	t.Helper()
	text, root := block(t, text)
	lines := strings.Split(text, "\n")
	var all []edit
	required := requiredFields(t, schema)
	keysOf(nil, root, func(path []string, key, value *yaml.Node) {
		field, at := strings.Join(path, "."), key.Line-1
		name := path[len(path)-1]
		if !free.MatchString(field) {
			changed := slices.Clone(lines)
			changed[at] = strings.Replace(lines[at], name+":", misspelt(name)+":", 1)
			all = append(all, edit{"misspelt " + field, strings.Join(changed, "\n"), key.Line})
		}
		indent := strings.Repeat(" ", key.Column-1)
		end := at + 1
		for end < len(lines) && (strings.HasPrefix(lines[end], indent+" ") || strings.HasPrefix(lines[end], indent+"- ") && value.Kind == yaml.SequenceNode) {
			end++
		}
		copied := slices.Clone(lines[at:end])
		copied[0] = indent + strings.TrimLeft(strings.TrimLeft(copied[0], " "), "- ")
		all = append(all, edit{"doubled " + field, strings.Join(slices.Insert(slices.Clone(lines), end, copied...), "\n"), end + 1})
		if alone := len(parentOf(root, path).Content) == 2; required(path) && !alone {
			rest := slices.Delete(slices.Clone(lines), at, end)
			if strings.HasPrefix(strings.TrimLeft(lines[at], " "), "- ") && at < len(rest) && strings.HasPrefix(rest[at], indent) {
				rest[at] = strings.Repeat(" ", key.Column-3) + "- " + strings.TrimLeft(rest[at], " ")
			}
			all = append(all, edit{"missing " + field, strings.Join(rest, "\n"), 0})
		}
	})
	return all
}

// parentOf returns the mapping that has the last key of a path.
func parentOf(root *yaml.Node, path []string) *yaml.Node {
	for _, key := range path[:len(path)-1] {
		root = file.Child(root, key)
	}
	return root
}

// requiredFields returns which paths a schema requires.
func requiredFields(t *testing.T, schema string) func(path []string) bool {
	t.Helper()
	raw, err := file.Schema(schema)
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(raw, &root); err != nil {
		t.Fatal(err)
	}
	resolve := func(part any) map[string]any {
		m, _ := part.(map[string]any)
		if ref, ok := m["$ref"].(string); ok {
			defs, _ := root["$defs"].(map[string]any)
			m, _ = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		return m
	}
	return func(path []string) bool {
		part := root
		for _, key := range path[:len(path)-1] {
			if items := resolve(part["items"]); items != nil {
				part = items
				continue
			}
			properties, _ := part["properties"].(map[string]any)
			part = resolve(properties[key])
		}
		list, _ := part["required"].([]any)
		return slices.Contains(list, any(path[len(path)-1]))
	}
}
