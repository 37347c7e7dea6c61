package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"example.org/odooharness/results"
	"example.org/odooharness/results/bucket"
)

// defaultRuns is the folder of the runs, of those made here and of those fetched.
const defaultRuns = "results/runs"

// uploadLimit bounds sending a run, which also happens after Ctrl-C.
const uploadLimit = 10 * time.Minute

// runFolder is where a run is that a person named: a folder as it is; s3://… is fetched
// to the folder of the runs first.
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

// openRun opens a run by its folder or its place in object storage.
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

// keeping is where the runs of one command are written, and where they go after.
type keeping struct {
	root  string
	store *bucket.Store // nil: they stay
}

// keep reads --results. With s3://… runs are written to a temporary folder, since a run
// in the making is appended to; that the store takes them is tried before anything else.
func keep(ctx context.Context, where string) (k keeping, err error) {
	if !strings.HasPrefix(where, bucket.Scheme) {
		return keeping{root: where}, nil
	}
	if k.store, err = openStore(where); err != nil {
		return k, err
	}
	if err := k.store.Reachable(ctx); err != nil {
		return k, fmt.Errorf("the results could not be kept at %s: %w", where, err)
	}
	k.root, err = os.MkdirTemp("", "harness-runs-*")
	return k, err
}

// done sends a run to where it is kept, and says where that is. What could not be sent
// stays in its folder.
func (k keeping) done(ctx context.Context, dir string, say func(string)) error {
	if k.store == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), uploadLimit)
	defer cancel()
	at, err := k.store.Upload(ctx, dir)
	if err != nil {
		return errors.Join(err, fmt.Errorf("the run is still at %s", dir))
	}
	say(fmt.Sprintf("results: %s\n  harness report %s", at, at))
	return os.RemoveAll(k.root)
}
