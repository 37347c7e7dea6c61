package telemetry

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestOneLineForAllTenants(t *testing.T) {
	n := newNotes()
	refused := errors.New("connect: dial tcp 127.0.0.1:5432: refused")
	for second := range 3 {
		for _, tenant := range []string{"t2", "t1"} {
			n.add("jobs "+tenant, refused, time.Duration(second)*time.Second)
		}
	}
	n.add("jobs t1", refused, 3*time.Second)
	n.add("postgres shared/postgres", refused, time.Second)
	// A moment or a duration makes no new kind; the first one's text stands for all.
	for second := range 5 {
		n.add("ingress i", fmt.Errorf("the log stands still since 2026-01-02 15:04:%02d for %d.5 s", second, second), time.Duration(second)*time.Second)
	}
	n.add("host", errors.New("no /proc"), time.Second)
	got, want := n.lines(), []string{
		"jobs t1, t2: connect: dial tcp 127.0.0.1:5432: refused (up to 4 times each, from 0.0 s to 3.0 s)",
		"postgres shared/postgres: connect: dial tcp 127.0.0.1:5432: refused (at 1.0 s)",
		"ingress i: the log stands still since 2026-01-02 15:04:00 for 0.5 s (5 times, from 0.0 s to 4.0 s)",
		"host: no /proc (at 1.0 s)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
