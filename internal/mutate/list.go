package main

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// mutant is an edit of one file that breaks one guarantee.
type mutant struct {
	guarantee string
	file      string
	tests     []test
	old, new  string // whole lines
	at        string // where it is listed: file:line
}

// test is what must fail: tests of a package, by a pattern of go test -run.
type test struct{ pkg, pattern string }

func (m mutant) String() string { return m.file + ": " + m.guarantee }

// parse reads a list. It returns all problems at once.
func parse(name, text string) ([]mutant, error) {
	var all []mutant
	var problems []error
	for i, line := range strings.Split(text, "\n") {
		at := fmt.Sprintf("%s:%d", name, i+1)
		fail := func(what string) { problems = append(problems, fmt.Errorf("%s: %s", at, what)) }
		key, value, _ := strings.Cut(line, ": ")
		switch {
		case key == "mutant":
			all = append(all, mutant{guarantee: value, at: at})
			continue
		case len(all) == 0 && line != "" && !strings.HasPrefix(line, "#"):
			fail("write mutant: and the guarantee that it breaks first")
			continue
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		}
		m := &all[len(all)-1]
		switch {
		case key == "file":
			m.file = path.Clean(value)
		case key == "test":
			pkg, pattern, ok := strings.Cut(value, " ")
			if !ok || pattern == "" {
				fail("write test: PACKAGE PATTERN, for example test: ./results TestTables|TestOpen")
			}
			m.tests = append(m.tests, test{pkg, pattern})
		case line[0] == '-':
			m.old += line[1:] + "\n"
		case line[0] == '+':
			m.new += line[1:] + "\n"
		case line[0] == ' ':
			m.old, m.new = m.old+line[1:]+"\n", m.new+line[1:]+"\n"
		default:
			fail("write mutant:, file:, test:, or a line that begins with -, + or a blank")
		}
	}
	for _, m := range all {
		if m.guarantee == "" || m.file == "" || len(m.tests) == 0 || m.old == "" || m.old == m.new {
			problems = append(problems, fmt.Errorf("%s: a mutant needs a guarantee, file:, test: and an edit", m.at))
		}
	}
	return all, errors.Join(problems...)
}

// edit applies the mutant to the text of its file, in which the old lines occur once.
func (m mutant) edit(text string) (string, error) {
	var found []int
	for at := 0; at < len(text); {
		if strings.HasPrefix(text[at:], m.old) {
			found = append(found, at)
		}
		next := strings.IndexByte(text[at:], '\n')
		if next < 0 {
			break
		}
		at += next + 1
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%s: %s: the old lines occur %d times in the file, want once", m.at, m, len(found))
	}
	return text[:found[0]] + m.new + text[found[0]+len(m.old):], nil
}
