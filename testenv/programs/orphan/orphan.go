// Package orphan ends a program when the process that started it ends, so that a killed
// test leaves nothing behind.
package orphan

import (
	"context"
	"os"
	"syscall"
	"time"
)

// poll is how often the parent is looked at.
const poll = 500 * time.Millisecond

// Watch kills this process when its parent ends. It returns at once. A parent-death signal
// is no substitute: it follows the thread that forked, and Go's threads end at any time.
func Watch() {
	ctx := Context(context.Background())
	go func() {
		<-ctx.Done()
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}()
}

// Context returns a context that ends with the parent, for a process that has to
// tidy up.
func Context(ctx context.Context) context.Context {
	parent := os.Getppid()
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		ticker := time.NewTicker(poll)
		defer ticker.Stop()
		for os.Getppid() == parent {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	}()
	return ctx
}
