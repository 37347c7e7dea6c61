package supervise_test

import (
	"context"
	"testing"
	"time"

	"example.org/odooharness/internal/lines"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

// An embedded lab comes up and leaves nothing.
func TestEmbeddedLab(t *testing.T) {
	t.Parallel() // it mostly waits
	for _, tenancy := range []results.Tenancy{results.Shared, results.Dedicated} {
		t.Run(string(tenancy), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			spec := lab.Spec{Name: string(tenancy), Kind: "embedded", Tenancy: tenancy, Tenants: []string{"t1", "t2", "t3", "t4"}, Workers: 4}
			begin := time.Now()
			status, err := lab.Up(ctx, spec, dir, lines.Logger(func(line string) { t.Log(line) }))
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: up in %v", tenancy, time.Since(begin))
			for _, c := range status.Components {
				if c.PID == 0 {
					t.Errorf("%s has no process", c.Name)
				}
			}
			begin = time.Now()
			if err := lab.Down(ctx, dir, string(tenancy)); err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: down in %v", tenancy, time.Since(begin))
		})
	}
}
