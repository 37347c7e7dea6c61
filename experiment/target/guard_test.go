package target

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/internal/testing/testbed"
)

// staging writes a setup file of servers that nobody here has started.
func staging(t *testing.T, components string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "staging.yaml")
	text := "name: staging\ntenancy: shared\nenvironment: staging\ntenants:\n" +
		"  - {name: acme, url: 'http://127.0.0.1:1', database: main, logins: [a], passwordEnv: GUARD_PASSWORD}\n" +
		"components:\n" + components + "chaos: {driver: local, allow: [postgres]}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Two runs on one PostgreSQL: the second is refused while the first lasts.
func TestSecondGuardIsRefused(t *testing.T) {
	server := testbed.Postgres(t, "shared/postgres", "main")
	t.Setenv("GUARD_DSN", server.DSN)
	t.Setenv("GUARD_PASSWORD", "secret")
	setup := staging(t, "  - {name: postgres, kind: postgres, labels: {app.kubernetes.io/name: postgresql}, dsnEnv: GUARD_DSN}\n")
	serve := func(ctx context.Context, ready func()) error {
		return ServeGuard(ctx, setup, filepath.Join(t.TempDir(), "s"), func() error { ready(); return nil })
	}
	first, end := context.WithCancel(t.Context())
	listening, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- serve(first, func() { close(listening) }) }()
	select {
	case <-listening:
	case err := <-done:
		t.Fatal(err)
	}
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := serve(limited, cancel); !errors.Is(err, postgres.ErrClaimed) {
		t.Errorf("a second guard: %v, want %v", err, postgres.ErrClaimed)
	}
	end()
	if err := <-done; err != nil {
		t.Error(err)
	}
	again, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := serve(again, stop); err != nil {
		t.Errorf("after the first: %v", err)
	}
}
