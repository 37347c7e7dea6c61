package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
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
	root  string
	store *bucket.Store // nil: they stay
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
	k.root, err = os.MkdirTemp("", "harness-runs-*")
	return k, err
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
func (k keeping) done(ctx context.Context, dir string, log *slog.Logger) error {
	if k.store == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), uploadLimit)
	defer cancel()
	at, err := k.store.Upload(ctx, dir)
	if err != nil {
		return errors.Join(err, fmt.Errorf("the run is at %s", dir))
	}
	log.Info(fmt.Sprintf("results: %s\n  harness report %s", at, at))
	return os.RemoveAll(k.root)
}
