package secret

import (
	"context"
	"fmt"
	"log/slog"
)

// Handler returns a handler that passes records to next with every message and value
// that [Clean] has cleaned.
func Handler(next slog.Handler) slog.Handler { return handler{next} }

type handler struct{ next slog.Handler }

// Enabled implements [slog.Handler].
func (h handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle implements [slog.Handler].
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	cleaned := slog.NewRecord(r.Time, r.Level, Clean(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		cleaned.AddAttrs(cleanAttr(a))
		return true
	})
	return h.next.Handle(ctx, cleaned)
}

// WithAttrs implements [slog.Handler].
func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	cleaned := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		cleaned[i] = cleanAttr(a)
	}
	return handler{h.next.WithAttrs(cleaned)}
}

// WithGroup implements [slog.Handler].
func (h handler) WithGroup(name string) slog.Handler { return handler{h.next.WithGroup(name)} }

func cleanAttr(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	switch a.Value.Kind() {
	case slog.KindString:
		a.Value = slog.StringValue(Clean(a.Value.String()))
	case slog.KindGroup:
		var group []slog.Attr
		for _, inner := range a.Value.Group() {
			group = append(group, cleanAttr(inner))
		}
		a.Value = slog.GroupValue(group...)
	case slog.KindAny:
		a.Value = slog.StringValue(Clean(fmt.Sprint(a.Value.Any())))
	}
	return a
}
