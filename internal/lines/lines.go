// Package lines is a [slog.Handler] that prints each record as one plain line: what a
// person reads while a command works.
//
// A line is the message, followed by the attributes as key=value. Time and level are
// left out; records below Info are not printed.
//
//	log := lines.Logger(func(line string) { fmt.Fprintln(os.Stderr, line) })
//	log.Info("cloning 4 tenants into 2 stacks")
package lines

import (
	"context"
	"log/slog"
	"strings"
)

// Logger returns a logger that passes each line to print. print must be safe for
// concurrent use when the logger's users are.
func Logger(print func(line string)) *slog.Logger { return slog.New(&handler{print: print}) }

type handler struct {
	print  func(string)
	prefix string // of attribute names: the open groups
	attrs  string // of [slog.Logger.With]
}

// Enabled implements [slog.Handler].
func (h *handler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

// Handle implements [slog.Handler].
func (h *handler) Handle(_ context.Context, r slog.Record) error {
	var line strings.Builder
	line.WriteString(r.Message)
	line.WriteString(h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		line.WriteString(text(h.prefix, a))
		return true
	})
	h.print(line.String())
	return nil
}

// WithAttrs implements [slog.Handler].
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	for _, a := range attrs {
		with.attrs += text(h.prefix, a)
	}
	return &with
}

// WithGroup implements [slog.Handler].
func (h *handler) WithGroup(name string) slog.Handler {
	within := *h
	if name != "" {
		within.prefix += name + "."
	}
	return &within
}

// text is an attribute as it follows the message.
func text(prefix string, a slog.Attr) string {
	value := a.Value.Resolve()
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		var all strings.Builder
		for _, inner := range value.Group() {
			all.WriteString(text(prefix, inner))
		}
		return all.String()
	}
	if a.Key == "" {
		return ""
	}
	return " " + prefix + a.Key + "=" + value.String()
}
