package main

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// page returns the prose of an HTML template, by the elements that hold it. A template
// action counts as one word.
func page(file string, source []byte) []text {
	actions := regexp.MustCompile(`{{[^}]*}}`)
	var all []text
	tokens := html.NewTokenizer(strings.NewReader(actions.ReplaceAllString(string(source), "value")))
	line, begin, prose := 1, 1, ""
	end := func() {
		if words(prose) > 1 {
			all = append(all, text{file: file, line: begin, prose: strings.Join(strings.Fields(prose), " "), kind: message})
		}
		prose, begin = "", line
	}
	for {
		token := tokens.Next()
		raw := string(tokens.Raw())
		switch name, _ := tokens.TagName(); {
		case token == html.ErrorToken:
			end()
			return all
		case token == html.TextToken:
			if strings.TrimSpace(prose) == "" {
				begin = line
			}
			prose += html.UnescapeString(raw)
		case token == html.CommentToken, inlineTag(string(name)):
		default:
			end()
		}
		line += strings.Count(raw, "\n")
	}
}

// inlineTag reports whether an element is part of the sentence around it.
func inlineTag(name string) bool {
	switch name {
	case "a", "b", "code", "em", "i", "small", "span", "strong", "sub", "sup":
		return true
	}
	return false
}
