package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
	spec  string // the path of the spec that is checked, where that is not spec
	found []*Problem
}

// add reports a problem once: Chaos Mesh's validation visits some fields twice.
func (p *problems) add(line int, at, format string, args ...any) {
	problem := Problem{File: p.file, Line: line, At: p.placed(at), What: fmt.Sprintf(format, args...)}
	if !slices.ContainsFunc(p.found, func(f *Problem) bool { return *f == problem }) {
		p.found = append(p.found, &problem)
	}
}

// placed replaces spec, with which a path begins, by the path of the spec.
func (p *problems) placed(at string) string {
	if rest, ok := strings.CutPrefix(at, "spec"); ok && p.spec != "" {
		return p.spec + rest
	}
	return at
}

// within returns a collector for the spec at a path; merge adds what it found.
func (p *problems) within(spec string) *problems { return &problems{file: p.file, spec: spec} }

func (p *problems) merge(other *problems) { p.found = append(p.found, other.found...) }

// has reports whether a field, or one below it, has a problem already.
func (p *problems) has(at string) bool {
	return slices.ContainsFunc(p.found, func(f *Problem) bool {
		return f.At == at || strings.HasPrefix(f.At, at+".") || strings.HasPrefix(f.At, at+"[")
	})
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
