package file

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Overlay returns base with fields of d on top: those of the mapping at a path of d, such as
// remedies.0, whose names are listed. Mappings are merged key by key, other values are
// replaced. The result is checked against a schema. Its problems name the file, line and
// path of d, since base was found right before.
func (d *Document) Overlay(base *Document, at, schema string, fields []string) (*Document, error) {
	node := d.root
	for _, key := range strings.Split(at, ".") {
		node = Child(node, key)
	}
	top := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: node.Line}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if slices.Contains(fields, node.Content[i].Value) {
			top.Content = append(top.Content, node.Content[i], node.Content[i+1])
		}
	}
	out := &Document{Path: d.Path, Input: base.Input, root: merged(base.root, top), under: at + "."}
	return out, out.validate(schema)
}

// merged is a mapping with the keys of another on top. The lines are those of the latter.
func merged(base, top *yaml.Node) *yaml.Node {
	out := *base
	out.Line, out.Content = top.Line, nil
	for i := 0; i+1 < len(base.Content); i += 2 {
		key, value := base.Content[i], base.Content[i+1]
		if over := Child(top, key.Value); over != nil {
			if over.Kind == yaml.MappingNode && value.Kind == yaml.MappingNode {
				over = merged(value, over)
			}
			value = over
		} else {
			value = placed(value, top.Line)
		}
		out.Content = append(out.Content, key, value)
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		if Child(base, top.Content[i].Value) == nil {
			out.Content = append(out.Content, top.Content[i], top.Content[i+1])
		}
	}
	return &out
}

// placed is a copy of a node at a line.
func placed(node *yaml.Node, line int) *yaml.Node {
	out := *node
	out.Line, out.Content = line, make([]*yaml.Node, len(node.Content))
	for i, child := range node.Content {
		out.Content[i] = placed(child, line)
	}
	return &out
}
