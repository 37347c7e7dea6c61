package file

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.org/odooharness/internal/secret"
)

// Problem is one thing wrong with the input: where, what, and what to write
// instead.
type Problem struct {
	File   string
	Line   int    // 0 when the whole file is meant
	Field  string // path of the field, empty when the whole file is meant
	What   string
	Remedy string
}

// Error renders the problem on one line, as compilers do, so that editors jump to
// it.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(secret.Clean(p.What)) // the input may have a password where it does not belong
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// Problems is every problem found. A nil Problems is no error: return it through
// [Problems.Err].
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Err returns the problems, nil when there are none. A file that is named twice is checked
// twice: its problems are listed once.
func (ps Problems) Err() error {
	var once Problems
	for _, p := range ps {
		if !slices.Contains(once, p) {
			once = append(once, p)
		}
	}
	if len(once) == 0 {
		return nil
	}
	return once
}

// Collect adds the problems in err to ps; an error of another kind becomes a
// problem of the file as a whole.
func (ps *Problems) Collect(file string, err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, each := range joined.Unwrap() {
			ps.Collect(file, each)
		}
		return
	}
	var many Problems
	var one Problem
	switch {
	case errors.As(err, &many):
		*ps = append(*ps, many...)
	case errors.As(err, &one):
		*ps = append(*ps, one)
	default:
		*ps = append(*ps, Problem{File: file, What: strings.TrimPrefix(err.Error(), file+": ")})
	}
}

// Known lists the keys of a map for an error message.
func Known[V any](m map[string]V) string {
	if len(m) == 0 {
		return "none"
	}
	return strings.Join(sorted(m), ", ")
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
