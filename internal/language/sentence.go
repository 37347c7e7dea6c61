package main

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nbsp joins what counts as one word, such as the words of a code span.
const nbsp = "\u00a0"

// sentences splits text at full stops, question marks and exclamation marks that end a
// word, unless the next word starts in lower case. ended reports whether the last
// sentence has such a mark.
func sentences(text string) (split []string, ended bool) {
	var current []string
	tokens := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' })
	for i, token := range tokens {
		current = append(current, token)
		ended = endsSentence(token)
		if ended && (i+1 == len(tokens) || startsSentence(tokens[i+1])) {
			split = append(split, strings.Join(current, " "))
			current = nil
		}
	}
	if len(current) > 0 {
		split = append(split, strings.Join(current, " "))
	}
	return split, ended
}

// endsSentence reports whether a word closes a sentence: "done.", "(late).", not "e.g."
// and not an initial.
func endsSentence(word string) bool {
	word = strings.TrimRight(word, `"'”’)]`)
	if !strings.HasSuffix(word, ".") {
		return strings.HasSuffix(word, "?") || strings.HasSuffix(word, "!")
	}
	stem := strings.TrimLeft(strings.TrimSuffix(word, "."), `"'“‘([`)
	abbreviations := []string{"e.g", "i.e", "cf", "vs", "approx", "al", "no", "eq", "fig", "sec", "p", "pp"}
	initial := utf8.RuneCountInString(stem) == 1 && unicode.IsUpper([]rune(stem)[0])
	return !initial && !slices.Contains(abbreviations, strings.ToLower(stem))
}

// startsSentence reports whether a word can open a sentence: a capital, a digit, code,
// or one of them after an opening bracket or quote.
func startsSentence(word string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(word, `"'“‘([`))
	return !unicode.IsLower(first)
}

// words counts what holds a letter or a digit. A number and its unit are two words, a
// code span is one.
func words(sentence string) int {
	n := 0
	for _, token := range strings.Split(sentence, " ") {
		if strings.ContainsFunc(token, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			n++
		}
	}
	return n
}

// withoutCode removes code spans, which may name what prose must not.
func withoutCode(text string) string {
	parts := strings.Split(text, "`")
	if len(parts)%2 == 0 { // a backtick without a partner
		return text
	}
	for i := 1; i < len(parts); i += 2 {
		parts[i] = "code"
	}
	return strings.Join(parts, "")
}
