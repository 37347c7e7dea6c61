package main

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	mdtext "github.com/yuin/goldmark/text"
)

// markdown returns the prose of a Markdown document, without code blocks and HTML.
func markdown(file string, source []byte) []text {
	document := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(mdtext.NewReader(source))
	var all []text
	// The walker never fails, so neither does Walk.
	_ = ast.Walk(document, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		var as kind
		switch node.Kind() {
		case ast.KindHeading:
			as = heading
		case east.KindTableCell:
			as = piece
		case ast.KindParagraph, ast.KindTextBlock:
			as = paragraph
			if node.Parent().Kind() == ast.KindListItem {
				as = piece
			}
		default:
			return ast.WalkContinue, nil
		}
		if prose := strings.TrimSpace(inline(node, source)); prose != "" {
			all = append(all, text{file: file, line: lineOf(node, source), prose: prose, kind: as})
		}
		return ast.WalkSkipChildren, nil
	})
	return all
}

// inline returns the text within a block. The words of a code span and of an address
// are joined, since they count as one.
func inline(node ast.Node, source []byte) string {
	var out strings.Builder
	for child := node.FirstChild(); child != nil; child = child.NextSibling() {
		switch child := child.(type) {
		case *ast.Text:
			out.Write(child.Segment.Value(source))
			if child.SoftLineBreak() || child.HardLineBreak() {
				out.WriteByte(' ')
			}
		case *ast.String:
			out.Write(child.Value)
		case *ast.CodeSpan:
			out.WriteString("`" + strings.Join(strings.Fields(inline(child, source)), nbsp) + "`")
		case *ast.AutoLink:
			out.WriteString("`" + string(child.URL(source)) + "`")
		case *ast.RawHTML, *ast.Image:
		default: // emphasis, links
			out.WriteString(inline(child, source))
		}
	}
	return out.String()
}

// lineOf returns the line on which the first text of a block stands.
func lineOf(node ast.Node, source []byte) int {
	at := -1
	_ = ast.Walk(node, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if leaf, ok := n.(*ast.Text); ok && entering {
			at = leaf.Segment.Start
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	if at < 0 {
		return 0
	}
	return bytes.Count(source[:at], []byte("\n")) + 1
}
