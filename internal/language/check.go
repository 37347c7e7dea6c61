package main

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
)

const (
	longest = 30 // words a sentence
	mean    = 17 // words a sentence on average, over README and docs
	// A shorter sentence is a label ("Remedy."), and a longer fragment is a sentence
	// without its full stop. Neither may flatter the mean.
	label    = 2
	fragment = 8
)

//go:embed words.txt
var wordList string

// ban is a word that the project does not use.
type ban struct {
	pattern *regexp.Regexp
	instead string
}

// bans parses words.txt.
func bans(list string) ([]ban, error) {
	var all []ban
	for i, line := range strings.Split(list, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, instead, ok := strings.Cut(line, "\t")
		pattern, err := regexp.Compile(`(?i)\b(?:` + word + `)\b`)
		if err != nil || !ok || instead == "" {
			return nil, fmt.Errorf("words.txt:%d: write a regular expression, a tab and what to write instead: %q", i+1, line)
		}
		all = append(all, ban{pattern, instead})
	}
	return all, nil
}

// text is a piece of prose: a paragraph, a list item, a table cell, a heading, a comment
// or a string literal.
type text struct {
	file  string
	line  int // of its first word
	prose string
	kind  kind
}

// kind decides what is checked in a text and what counts for the mean.
type kind string

const (
	paragraph kind = "paragraph" // banned words, length, mean
	piece     kind = "piece"     // list item or cell: as a paragraph, but fragments do not count for the mean
	heading   kind = "heading"   // banned words, length
	message   kind = "message"   // CLI help and findings: banned words, length
	short     kind = "short"     // comments and other literals: banned words
)

// tally collects the problems of many texts and the length of their sentences.
type tally struct {
	bans             []ban
	problems         []string
	sentences, words int
}

// add checks one text.
func (t *tally) add(one text) {
	prose := withoutCode(one.prose)
	for _, b := range t.bans {
		for _, found := range b.pattern.FindAllString(prose, -1) {
			t.problem(one, "%q: write %s", found, b.instead)
		}
	}
	if one.kind == short {
		return
	}
	split, ended := sentences(one.prose)
	for i, sentence := range split {
		n := words(sentence)
		if n > longest {
			t.problem(one, "%d words in a sentence, at most %d: %s", n, longest, sentence)
		}
		whole := one.kind == paragraph || ended || i < len(split)-1 || n > fragment
		if whole && n > label && one.kind != heading && one.kind != message {
			t.sentences++
			t.words += n
		}
	}
}

func (t *tally) problem(one text, format string, values ...any) {
	t.problems = append(t.problems, fmt.Sprintf("%s:%d: ", one.file, one.line)+fmt.Sprintf(format, values...))
}

// average returns the mean number of words a sentence, 0 without sentences.
func (t *tally) average() float64 {
	if t.sentences == 0 {
		return 0
	}
	return float64(t.words) / float64(t.sentences)
}
