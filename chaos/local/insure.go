package local

import (
	"context"
	"errors"
	"slices"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/local/notes"
	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/chaos/mark"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/chaos/redis"
	"example.org/odooharness/chaos/watchdog"
	"example.org/odooharness/results"
)

// Owner is on whose behalf a driver makes faults.
type Owner struct {
	Run   string // named in the marks
	Notes string // folder of the notes about stopped processes; empty: none are written
}

// Insurance reverts a fault when the process of the driver has ended: package watchdog.
type Insurance interface {
	Hold(ctx context.Context, u watchdog.Undo) (release func() error, err error)
}

// Insured returns a driver whose faults end also when its process is killed: their marks
// name the owner, and the insurance reverts what would stay. A lab needs neither, because
// its components end with the driver's process.
func (d *Driver) Insured(owner Owner, insure Insurance) *Driver {
	other := *d
	other.owner, other.insure = owner, insure
	return &other
}

// mark is that of the request's fault.
func (r request) mark() mark.Mark { return mark.New(r.manifest.Action, r.driver.owner.Run) }

// hold insures an undo.
func (r request) hold(ctx context.Context, u watchdog.Undo) (release func() error, err error) {
	if r.driver.insure == nil {
		return func() error { return nil }, nil
	}
	return r.driver.insure.Hold(ctx, u)
}

// note writes a note about a process and insures it. Release removes the note.
func (r request) note(ctx context.Context, component string, p proc.Process) (release func() error, err error) {
	undo := watchdog.Undo{PID: p.PID, Start: p.Start}
	if folder := r.driver.owner.Notes; folder != "" {
		if undo.Note, err = notes.Write(folder, r.mark().Now(r.manifest.Duration), component, p); err != nil {
			return nil, err
		}
	}
	released, err := r.hold(ctx, undo)
	if undo.Note == "" {
		return released, err
	}
	if err != nil {
		return nil, errors.Join(err, notes.Remove(undo.Note))
	}
	return func() error { return errors.Join(notes.Remove(undo.Note), released()) }, nil
}

// insured is a fault whose undo is held from before Inject until after Recover.
type insured struct {
	chaos.Fault
	undo    watchdog.Undo
	hold    func(ctx context.Context, u watchdog.Undo) (release func() error, err error)
	release func() error
}

// Inject implements [chaos.Fault].
func (f *insured) Inject(ctx context.Context) (err error) {
	if f.release, err = f.hold(ctx, f.undo); err != nil {
		return err
	}
	return f.Fault.Inject(ctx)
}

// Recover implements [chaos.Fault].
func (f *insured) Recover(ctx context.Context) error {
	if err := f.Fault.Recover(ctx); err != nil || f.release == nil {
		return err
	}
	err := f.release()
	f.release = nil
	return err
}

// LeftProcesses lists the processes that a fault has stopped and not continued: those of
// the owner's notes, and those of the components.
func (d *Driver) LeftProcesses() (found []mark.Left, err error) {
	if d.owner.Notes != "" {
		found, err = notes.Left(d.owner.Notes)
	}
	for _, part := range d.parts {
		if part.Process == nil {
			continue
		}
		p, gone := proc.Read(part.Process.PID())
		if gone != nil || p.State != 'T' {
			continue
		}
		left := notes.Process(part.Name, p, mark.Mark{}, "")
		if !slices.ContainsFunc(found, func(l mark.Left) bool { return l.ByHand == left.ByHand }) {
			found = append(found, left)
		}
	}
	return found, err
}

// LeftInServers lists what faults have left in PostgreSQL and Redis. The caller has the
// claim of the servers. It reads all, also after an error of one.
func (d *Driver) LeftInServers(ctx context.Context) (found []mark.Left, err error) {
	var problems []error
	add := func(left []mark.Left, err error) { found, problems = append(found, left...), append(problems, err) }
	for _, server := range d.Servers() {
		add(bounded(ctx, func(ctx context.Context) ([]mark.Left, error) { return postgres.Find(ctx, server) }))
	}
	for _, part := range d.parts {
		if part.Kind == results.KindRedis && part.RedisURL != "" {
			target := redis.Target{Name: part.Name, URL: part.RedisURL}
			add(bounded(ctx, func(ctx context.Context) ([]mark.Left, error) { return redis.Find(ctx, target) }))
		}
	}
	return found, errors.Join(problems...)
}

// findLimit bounds the search in one server.
const findLimit = 5 * time.Second

// bounded limits the search in one server that may not answer.
func bounded(ctx context.Context, find func(context.Context) ([]mark.Left, error)) ([]mark.Left, error) {
	ctx, cancel := context.WithTimeout(ctx, findLimit)
	defer cancel()
	return find(ctx)
}
