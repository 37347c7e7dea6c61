package main

import (
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// comments returns the comments of a Go file, without code blocks and directives.
func comments(file string, source []byte) ([]text, error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil || ast.IsGenerated(parsed) {
		return nil, err
	}
	var all []text
	for _, group := range parsed.Comments {
		line := set.Position(group.Pos()).Line
		for _, block := range new(comment.Parser).Parse(group.Text()).Content {
			if _, code := block.(*comment.Code); code {
				continue
			}
			prose := new(comment.Printer).Text(&comment.Doc{Content: []comment.Block{block}})
			all = append(all, text{file: file, line: line, prose: string(prose), kind: short})
		}
	}
	return all, nil
}

// literals returns the string literals of a Go file that hold prose: two words or more.
// Literals that a plus joins are one text.
func literals(file string, source []byte, as kind) ([]text, error) {
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var all []text
	add := func(node ast.Expr, prose string) {
		prose = plain(prose)
		if words(prose) > 1 {
			all = append(all, text{file: file, line: set.Position(node.Pos()).Line, prose: prose, kind: as})
		}
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			return node.Tag == nil // struct tags are no prose
		case *ast.BinaryExpr:
			if joined, ok := constant(node); ok {
				add(node, joined)
				return false
			}
		case *ast.BasicLit:
			if value, ok := constant(node); ok {
				add(node, value)
			}
		}
		return true
	})
	return all, nil
}

// constant returns the value of string literals that a plus joins. What is joined to
// them and is no literal counts as one word.
func constant(node ast.Expr) (string, bool) {
	switch node := node.(type) {
	case *ast.BasicLit:
		if node.Kind != token.STRING {
			return "", false
		}
		value, err := strconv.Unquote(node.Value)
		return value, err == nil
	case *ast.BinaryExpr:
		if node.Op != token.ADD {
			return "", false
		}
		left, one := constant(node.X)
		right, other := constant(node.Y)
		switch {
		case one && other:
			return left + right, true
		case one:
			return left + "value", true
		case other:
			return "value" + right, true
		}
	}
	return "", false
}

// plain makes prose of a format string or a help text: verbs count as a word, indented
// lines are examples and left out, an empty line ends a sentence.
func plain(literal string) string {
	literal = regexp.MustCompile(`%[-+# 0]*[0-9.*]*(\[\d+\])?[a-zA-Z]`).ReplaceAllString(literal, "value")
	var lines []string
	for _, line := range strings.Split(strings.ReplaceAll(literal, "%%", "%"), "\n") {
		switch {
		case strings.TrimSpace(line) == "" && len(lines) > 0:
			lines[len(lines)-1] += "."
		case !strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "\t"):
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, " ")
}
