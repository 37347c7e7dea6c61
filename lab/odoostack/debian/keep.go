package debian

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// BuildOnce makes a folder of the cache exactly once, also when several labs start
// together: make fills a folder next to it, which then gets the final name. A
// folder with the final name is therefore always whole.
func BuildOnce(ctx context.Context, dir string, log *slog.Logger, make func(building string) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("make the cache folder: %w", err)
	}
	unlock, err := lock(ctx, dir+".lock", log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if _, err := os.Stat(dir); err == nil {
		return nil // somebody else made it while we waited
	}
	building := dir + ".building"
	// We hold the lock: what lies there was left by a build that was killed.
	if err := os.RemoveAll(building); err != nil {
		return fmt.Errorf("remove an interrupted build: %w", err)
	}
	if err := os.MkdirAll(building, 0o755); err != nil {
		return fmt.Errorf("make %s: %w", building, err)
	}
	if err := make(building); err != nil {
		return errors.Join(err, os.RemoveAll(building))
	}
	if err := os.Rename(building, dir); err != nil {
		return fmt.Errorf("put the finished build in place: %w", err)
	}
	return nil
}

// lock waits for the file lock; the kernel frees it when its holder dies.
func lock(ctx context.Context, path string, log *slog.Logger) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock: %w", err)
	}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for said := false; ; said = true {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return f.Close, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
		}
		if !said {
			log.Info("waiting for another build of the same (" + path + ")")
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("wait for another build: %w", ctx.Err()), f.Close())
		case <-tick.C:
		}
	}
}
