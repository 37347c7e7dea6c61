package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"example.org/odooharness/results"
	"example.org/odooharness/results/bucket"
)

// defaultRuns is the folder of runs made here and of runs fetched.
const defaultRuns = "results/runs"

// uploadLimit bounds sending a run, which also happens after Ctrl-C.
const uploadLimit = 10 * time.Minute

// runFolder returns the folder of a run. A run at s3://… is fetched to [defaultRuns] first.
func runFolder(ctx context.Context, name string) (string, error) {
	if !strings.HasPrefix(name, bucket.Scheme) {
		return name, nil
	}
	store, err := openStore(name)
	if err != nil {
		return "", err
	}
	return store.Fetch(ctx, defaultRuns)
}

// openRun opens a run by its folder or its address in object storage.
func openRun(ctx context.Context, name string) (*results.Run, error) {
	dir, err := runFolder(ctx, name)
	if err != nil {
		return nil, err
	}
	return results.Open(dir)
}

func openStore(name string) (*bucket.Store, error) {
	place, err := bucket.Parse(name)
	if err != nil {
		return nil, err
	}
	return bucket.Open(place)
}

// keeping is where one command writes its runs, and where it sends them.
type keeping struct {
	root   string
	store  *bucket.Store // nil: they stay
	mirror *bucket.Mirror
	stop   func() // of the mirror
}

// keep reads --results. With s3://… a run is written to a temporary folder first, because
// writing it appends to files. The store must be reachable before anything starts.
func keep(ctx context.Context, where string) (k keeping, err error) {
	if !strings.HasPrefix(where, bucket.Scheme) {
		return keeping{root: where}, nil
	}
	if k.store, err = openStore(where); err != nil {
		return k, err
	}
	if err := k.store.Reachable(ctx); err != nil {
		return k, fmt.Errorf("reach the store of the results, %s: %w", where, err)
	}
	if k.root, err = os.MkdirTemp("", "harness-runs-*"); err != nil {
		return k, err
	}
	k.mirror, k.stop = k.store.Mirror(k.root), func() {}
	return k, nil
}

// again is how often a store that does not answer is reported.
const again = time.Minute

// follow sends runs while they are made, until done or end. A store that does not answer does
// not disturb the run.
func (k *keeping) follow(ctx context.Context, log *slog.Logger) {
	if k.store == nil {
		return
	}
	log.Info(fmt.Sprintf("the run is sent to %s while it lasts", k.store))
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // what is recorded after Ctrl-C is sent, too
	var following sync.WaitGroup
	var reported time.Time
	following.Go(func() {
		k.mirror.Follow(ctx, func(err error) {
			if time.Since(reported) >= again {
				reported = time.Now()
				log.Warn("what is recorded is not in the store yet", "error", err)
			}
		})
	})
	k.stop = func() {
		cancel()
		following.Wait()
	}
}

// end ends the sending, and removes the temporary folder of a run that was not made. A run that
// could not be sent stays there.
func (k *keeping) end() {
	if k.store != nil {
		k.stop()
		_ = os.Remove(k.root) // it fails for a folder that is not empty
	}
}

// local is the folder with the earlier runs of this machine.
func (k keeping) local() string {
	if k.store != nil {
		return defaultRuns
	}
	return k.root
}

// done uploads a run and prints its address. A run that cannot be uploaded stays in its
// folder.
func (k *keeping) done(ctx context.Context, dir string, log *slog.Logger) error {
	if k.store == nil {
		return nil
	}
	k.stop()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), uploadLimit)
	defer cancel()
	at, err := k.mirror.Finish(ctx, dir)
	if err != nil {
		return errors.Join(err, fmt.Errorf("the run is at %s", dir))
	}
	log.Info(fmt.Sprintf("results: %s\n  harness report %s", at, at))
	return os.RemoveAll(k.root)
}
