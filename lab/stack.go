package lab

import (
	"context"
	"log/slog"
	"os/exec"
	"syscall"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/lab/proctree"
	"example.org/odooharness/odoo"
	"example.org/odooharness/results"
)

// Spec describes a lab. It is serialisable: the supervisor is a process of its
// own and builds the stack from it.
type Spec struct {
	Name      string          `json:"name"` // multi-tenant, dedicated: one lab a name
	Kind      results.Lab     `json:"kind"`
	Odoo      int             `json:"odoo,omitempty"` // major version of a real Odoo, 0: 19
	Tenancy   results.Tenancy `json:"tenancy"`
	Tenants   []string        `json:"tenants"`
	Strategic []string        `json:"strategic,omitempty"` // hybrid: these get stacks of their own
	Workers   int             `json:"workers"`             // HTTP workers in total over all stacks
	CPU       float64         `json:"cpu"`                 // cores in total over all stacks, 0: no limit
	Instances int             `json:"instances,omitempty"` // Odoo servers a stack, which share its workers; 0: one
	Standby   bool            `json:"standby,omitempty"`   // a streaming standby per PostgreSQL
	// Synchronous has a commit wait for the standby; without, the standby follows.
	Synchronous bool `json:"synchronous,omitempty"`
	// ReadReplica has Odoo read from the standby where it only reads.
	ReadReplica bool     `json:"read_replica,omitempty"`
	Notices     bool     `json:"notices,omitempty"`    // shipments wake a scheduled job of Odoo's
	Archive     bool     `json:"archive,omitempty"`    // the write-ahead log is archived: point-in-time recovery
	WALDisk     int64    `json:"wal_disk,omitempty"`   // bytes of a file system for the write-ahead log alone, 0: none
	Volume      string   `json:"volume,omitempty"`     // data that tenants start with, see [Volumes]; empty: small
	Weaknesses  []string `json:"weaknesses,omitempty"` // planted on purpose, named in every report

	GatewayTimeout time.Duration `json:"gateway_timeout,omitempty"` // ingress gives up on Odoo after this
	ServiceTimes   float64       `json:"service_times,omitempty"`   // factor on those of the embedded target; 0: 1

	// ImportWorkers is how many workers of a stack are an Odoo of their own for bulk work:
	// imports, grouped reports and the connector. 0: none.
	ImportWorkers int              `json:"import_workers,omitempty"`
	Limits        map[string]Limit `json:"limits,omitempty"`       // by tenant
	JobsRedis     bool             `json:"jobs_redis,omitempty"`   // a Redis of its own for the connector's jobs
	Pooler        bool             `json:"pooler,omitempty"`       // PgBouncer between Odoo and PostgreSQL
	Ingress       results.Ingress  `json:"ingress,omitempty"`      // in front of Odoo; empty: nginx
	CronWorkers   int              `json:"cron_workers,omitempty"` // in an Odoo of their own; 0: one in the serving Odoo

	// Owner is the run that the lab is for; nil for one that a person keeps. A lab
	// whose owner has ended is a leftover: see [Sweep].
	Owner *proctree.Identity `json:"owner,omitempty"`
}

// Orphaned reports whether the run that this lab was brought up for has ended.
func (s Spec) Orphaned() bool { return s.Owner != nil && !s.Owner.Alive() }

// Status is a lab as it stands: written to the lab's state folder, mode 0600,
// since Tenants holds credentials.
type Status struct {
	Spec        Spec              `json:"spec"`
	Supervisor  int               `json:"supervisor_pid"`
	Guard       string            `json:"guard_socket"` // where faults are requested, see chaos/guard
	Components  []Running         `json:"components"`
	Tenants     []Access          `json:"tenants"`
	CPUEnforced bool              `json:"cpu_enforced"`
	CPUNote     string            `json:"cpu_note,omitempty"`
	Versions    map[string]string `json:"versions"`
	Caveats     []string          `json:"caveats,omitempty"` // sentences that every report must carry
}

// Running is a component with where it is.
type Running struct {
	chaos.Component
	Address  string      `json:"address"`  // host:port clients use: the proxy
	Upstream string      `json:"upstream"` // host:port of the process itself
	PID      int         `json:"pid"`
	Log      string      `json:"log"`
	Cgroup   string      `json:"cgroup,omitempty"`
	DSN      secret.Text `json:"dsn,omitempty"`     // postgres: superuser DSN past the proxy, for probes and faults
	URL      secret.Text `json:"url,omitempty"`     // redis: URL past the proxy
	Role     string      `json:"role,omitempty"`    // primary, standby
	Metrics  string      `json:"metrics,omitempty"` // ingress: URL of its page in Prometheus' form
	WAL      string      `json:"wal,omitempty"`     // postgres: where the file system of its log alone is mounted
}

// Access is how the load reaches one tenant.
type Access struct {
	Name         string        `json:"name"`
	odoo.Address               // through the ingress and its proxy; the Host header names the tenant
	Logins       []string      `json:"logins"`
	Password     secret.Text   `json:"password"`
	APIKeys      []secret.Text `json:"api_keys"` // one a login, same order
	DSN          secret.Text   `json:"dsn"`      // tenant's database past the proxy, for audit and probes
}

// Stack is what a kind of lab hands to the supervisor: processes in start
// order, the proxies between them, and how tenants are reached.
type Stack struct {
	Processes   []Process // those in a row whose components are of one kind start together
	Edges       []Edge
	Tenants     []Access
	Components  []Running // one a component, PID filled by the supervisor
	CPUEnforced bool
	CPUNote     string
	Versions    map[string]string
	Caveats     []string
	Close       func() error // removes what building made: cgroups, temporary folders
	Folders     []string     // removed with the lab, also by a sweep after a crash; dir is so anyway
}

// Process is a child of the supervisor.
type Process struct {
	Component string                          // component name
	Command   func() *exec.Cmd                // a fresh command for each start
	Prepare   func(ctx context.Context) error // before each start, may be nil
	Ready     func(ctx context.Context) error // one try; the supervisor repeats it until a deadline
	Stop      syscall.Signal                  // the polite signal
	Log       string                          // file for its output
}

// Edge is a TCP proxy in front of a component, there from the first second so
// that a baseline and a fault differ by the fault alone.
type Edge struct {
	Component string // whose front door it is
	Listen    string // fixed host:port
	Upstream  string
}

// Builder makes the stack of one kind of lab.
type Builder interface {
	// Build prepares files and databases; long work is reported in the log.
	Build(ctx context.Context, spec Spec, dir string, log *slog.Logger) (*Stack, error)
}
