package file

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// yamlProblems returns what the YAML library found wrong with a file, each with its line. With
// the root of the document it names the field, too.
func yamlProblems(path string, root *yaml.Node, err error, remedy string) Problems {
	var problems Problems
	var many *yaml.LoadErrors
	var one *yaml.LoadError
	add := func(line, column int, message string) {
		what, better := plain(message)
		if better == "" {
			better = remedy
		}
		if line == 0 && root != nil { // a tag that does not fit: the library has lost its place
			line, column = misfit(root)
		}
		problems = append(problems, Problem{File: path, Line: line, Field: fieldAt(root, line, column), What: what, Remedy: better})
	}
	switch {
	case errors.As(err, &many):
		for _, e := range many.Errors {
			add(e.Mark.Line, e.Mark.Column, e.Message)
		}
	case errors.As(err, &one):
		add(one.Mark.Line, one.Mark.Column, one.Message)
	default:
		add(0, 0, err.Error())
	}
	return problems
}

var (
	wrongType = regexp.MustCompile("^cannot construct !!(\\w+)(?: `(.*)`)? into (.+)$")
	wrongTag  = regexp.MustCompile("^cannot construct !!\\w+ `(.*)` as a !!(\\w+)$")
)

// plain states what a message of the YAML library means, without names of Go.
func plain(message string) (what, remedy string) {
	if found := wrongType.FindStringSubmatch(message); found != nil {
		if strings.Contains(found[3], "int") && (found[1] == "float" || found[1] == "int") {
			return found[2] + " is not a whole number that can be counted with", "write a smaller number without a fraction"
		}
		return "this is " + article(kindOf(found[1])), "write a value of another kind"
	}
	if found := wrongTag.FindStringSubmatch(message); found != nil {
		return strconv.Quote(found[1]) + " is not " + article(kindOf(found[2])), "correct the value, or remove the tag !!" + found[2]
	}
	for _, m := range []struct{ of, what, remedy string }{
		{"found character that cannot start any token", "a character that begins no value, such as a tab, @ or %",
			"indent with spaces, and put such a text in quotes"},
		{"map merge requires", "<< stands before something that is no mapping", "write << with the alias of a mapping, or remove it"},
		{"excessive aliasing", "its aliases repeat too much text", "write the values out"},
		{"value contains itself", "an alias stands within what it repeats", "write the value out"},
		{"UTF-8 octet", "it has bytes that are not UTF-8", "save it as UTF-8 text"},
		{"UTF-16 surrogate", "it has bytes that are not UTF-16", "save it as UTF-8 text"},
		{"control characters are not allowed", "it has control characters", "save it as UTF-8 text"},
	} {
		if strings.Contains(message, m.of) {
			return m.what, m.remedy
		}
	}
	return message, ""
}

// kindOf is the type of JSON for a tag of YAML.
func kindOf(tag string) string {
	switch tag {
	case "map":
		return "object"
	case "seq":
		return "array"
	case "int":
		return "integer"
	case "float":
		return "number"
	case "bool":
		return "boolean"
	case "null":
		return "null"
	}
	return "string"
}

// misfit is the place of the first scalar whose own tag it cannot have: !!int abc.
func misfit(node *yaml.Node) (line, column int) {
	if node.Kind == yaml.ScalarNode {
		var value any
		if node.Decode(&value) != nil {
			return node.Line, node.Column
		}
	}
	for _, child := range node.Content {
		if line, column = misfit(child); line > 0 {
			return line, column
		}
	}
	return 0, 0
}

// fieldAt is the path of the value at a place of a document; empty when there is none.
func fieldAt(node *yaml.Node, line, column int) string {
	if node == nil {
		return ""
	}
	for i, child := range node.Content {
		key := strconv.Itoa(i)
		if node.Kind == yaml.MappingNode {
			if i%2 == 0 {
				continue
			}
			key = node.Content[i-1].Value
		}
		if child.Line == line && child.Column == column && child.Kind == yaml.ScalarNode {
			return key
		}
		if below := fieldAt(child, line, column); below != "" {
			return key + "." + below
		}
	}
	return ""
}
