package drill

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"

	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/lab"
	"example.org/odooharness/results/bucket"
)

// offsite keeps the backups of a drill in object storage, and nowhere else: what is
// restored has been there. The time that takes is part of the drill.
type offsite struct {
	store *bucket.Store
	at    map[string]bucket.Place // by component
}

// offsiteLimit bounds one request to the store, and one removal from it.
const offsiteLimit = 30 * time.Second

// openOffsite connects to the drill's store; nil when backups stay next to the database.
func openOffsite(d spec.Drill) (*offsite, error) {
	if d.Store == "" {
		return nil, nil
	}
	place, err := bucket.Parse(d.Store)
	if err != nil {
		return nil, err
	}
	store, err := bucket.Open(place)
	if err != nil {
		return nil, fmt.Errorf("store %s of drill %s: %w", d.Store, d.Name, err)
	}
	return &offsite{store: store, at: map[string]bucket.Place{}}, nil
}

// StoresReachable tries the stores of drills before there is any load.
func StoresReachable(ctx context.Context, drills []plan.Drill) error {
	ctx, cancel := context.WithTimeout(ctx, offsiteLimit)
	defer cancel()
	var problems []error
	for _, p := range drills {
		o, err := openOffsite(p.Spec)
		if o != nil {
			err = o.store.Reachable(ctx)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("backups of drill %s could not be kept: %w", p.Name, err))
		}
	}
	return errors.Join(problems...)
}

// send moves a backup to the store.
func (o *offsite) send(ctx context.Context, trial string, b lab.Backup) (note string, err error) {
	key := path.Join(trial, strings.ReplaceAll(b.Component, "/", "-")+"-"+path.Base(b.Path))
	at, sent, err := o.store.SendFolder(ctx, key, b.Path)
	o.at[b.Component] = at // also when its answer was lost: forget removes what may be there
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d bytes to %s", sent, at), os.RemoveAll(b.Path)
}

// fetch brings it back to where it was made. A backup that was not sent whole is not there.
func (o *offsite) fetch(ctx context.Context, b lab.Backup) (note string, err error) {
	at, there := o.at[b.Component]
	if !there {
		return "", fmt.Errorf("no backup of %s was sent", b.Component)
	}
	if err := os.Mkdir(b.Path, 0o755); err != nil {
		return "", err
	}
	return "from " + at.String(), o.store.FetchFolder(ctx, at, b.Path)
}

// forget removes what the drill sent.
func (o *offsite) forget(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), offsiteLimit)
	defer cancel()
	var problems []error
	for _, at := range o.at {
		problems = append(problems, o.store.Remove(ctx, at))
	}
	return errors.Join(problems...)
}
