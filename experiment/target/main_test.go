package target

import (
	"context"
	"io"
	"os"
	"testing"

	"example.org/odooharness/chaos/watchdog"
)

// TestMain lets the test binary be a guard, and the watchdog of one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "watchdog" {
		if err := watchdog.Serve(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	if len(os.Args) == 5 && os.Args[1] == "guard" {
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin) // only its end matters
			cancel()
		}()
		o := GuardOptions{Setup: os.Args[2], Socket: os.Args[3], Run: os.Args[4], Watchdog: []string{"watchdog"}}
		if err := ServeGuard(ctx, o, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}
