package lab

import "context"

// Operator does to a lab that is up what its administrator would. A server's data is
// only lost or restored while the server is held down.
type Operator interface {
	// Backup copies a running PostgreSQL and the files that belong to it.
	Backup(ctx context.Context, postgres Running) (Backup, error)
	// Damage spoils a backup, for the test of a test.
	Damage(b Backup) error
	// Lose destroys the data of a PostgreSQL that is held down.
	Lose(ctx context.Context, postgres Running) error
	// Restore puts a backup into the clean place; with replay the server goes on to
	// the end of the archived log when it starts.
	Restore(ctx context.Context, b Backup, replay bool) error
	// Update applies a new release of a module to databases, while the servers run.
	Update(ctx context.Context, odoo Running, databases []string) error
	// Deploy puts a release of a module where servers load it from when they start.
	Deploy(ctx context.Context, odoo Running, r Release) error
}

// Release is a state of a lab's software.
type Release string

// Releases of the connector's module.
const (
	GoodRelease Release = "good"
	BadRelease  Release = "bad" // starts, serves, and fails at what the business needs
)

// Backup is a copy of a component's data.
type Backup struct {
	Component string
	Path      string
	Bytes     int64
}
