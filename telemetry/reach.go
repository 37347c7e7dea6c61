package telemetry

import (
	"context"
	"errors"
	"fmt"

	"example.org/odooharness/results"
)

// Reach connects once to the server of a target, as its probe will do every second. It is
// nil for targets without a DSN or Redis URL. Errors never contain credentials.
func Reach(ctx context.Context, t Target) (err error) {
	switch {
	case t.Kind == results.KindPostgres && t.DSN != "":
		d := &database{dsn: t.DSN}
		defer d.drop()
		_, err = d.connect(ctx)
	case t.Kind == results.KindRedis && t.URL != "":
		p := newRedis(t)
		defer func() { err = errors.Join(err, p.Close()) }()
		if err = p.connect(ctx); err == nil {
			err = p.client.Ping(ctx).Err()
		}
	}
	if err != nil {
		return fmt.Errorf("component %s: %w", t.Component, err)
	}
	return nil
}
