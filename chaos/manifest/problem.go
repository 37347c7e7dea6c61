package manifest

import (
	"errors"
	"fmt"
	"slices"
)

// Problem is one thing wrong with a manifest: where, what, and what to write
// instead.
type Problem struct {
	File string
	Line int    // 0 when it belongs to no line
	At   string // spec.delay.latency
	What string // wrong, with the remedy
}

// Error reads like a compiler's message.
func (p *Problem) Error() string {
	where := p.File
	if p.Line > 0 {
		where = fmt.Sprintf("%s:%d", p.File, p.Line)
	}
	if p.At == "" {
		return where + ": " + p.What
	}
	return where + ": " + p.At + ": " + p.What
}

// problems collects what is wrong with one file.
type problems struct {
	file  string
	found []*Problem
}

func (p *problems) add(line int, at, format string, args ...any) {
	p.found = append(p.found, &Problem{File: p.file, Line: line, At: at, What: fmt.Sprintf(format, args...)})
}

// err joins the problems in the order of their lines.
func (p *problems) err() error {
	slices.SortStableFunc(p.found, func(a, b *Problem) int { return a.Line - b.Line })
	all := make([]error, 0, len(p.found))
	for _, problem := range p.found {
		all = append(all, problem)
	}
	return errors.Join(all...)
}
