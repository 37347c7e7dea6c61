package local

import (
	"context"
	"net"
	"strconv"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"example.org/odooharness/chaos"
	"example.org/odooharness/internal/secret"
)

// Part is a component as the local driver can reach it. Every field but the
// component may be empty: a fault that needs an absent one is refused by
// [Driver.Check] with the field's name.
type Part struct {
	chaos.Component
	Proxy    Proxy       // the component's front door, nil when traffic does not pass a proxy
	Process  Process     // the component's process group, nil when it is not ours to touch
	Foreign  bool        // a supervisor outside the harness keeps the process: it cannot be held down
	DSN      secret.Text // postgres: superuser, past the proxy
	RedisURL secret.Text // redis: past the proxy
	Cgroup   string      // folder of the component's cgroup, empty when there is none
	WAL      string      // postgres: where the file system of its log is mounted, empty when it has none of its own
}

// own is where the component itself listens, empty when that is not known. The proxy
// of a standby lies before its primary, since what passes there is the log.
func (p Part) own() string {
	if p.Labels["app.kubernetes.io/name"] == "postgresql-standby" {
		config, err := pgconn.ParseConfig(p.DSN.Reveal())
		if err != nil {
			return ""
		}
		return net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port)))
	}
	if p.Proxy == nil {
		return ""
	}
	return p.Proxy.Upstream()
}

// Proxy is a TCP proxy in front of a component. A toxic is one impairment in its
// chain. Direction is "upstream" (from the client to the component) or
// "downstream" (from the component to the client).
type Proxy interface {
	// AddToxic puts a toxic of the kind (latency, bandwidth, ...) in the chain.
	// Adding a name that is there already replaces it.
	AddToxic(ctx context.Context, name, kind, direction string, attrs map[string]float64) error
	// RemoveToxic takes it out; one that is not there is no error.
	RemoveToxic(ctx context.Context, name string) error
	// SetEnabled closes the listener and every connection, or listens again on
	// the same port.
	SetEnabled(ctx context.Context, enabled bool) error
	Address() string  // host:port clients use
	Upstream() string // host:port of the component itself
}

// Process is the process group of a component, kept running by a supervisor.
type Process interface {
	// PID is the leader's, 0 while there is none.
	PID() int
	// Running reports whether the leader lives.
	Running() bool
	// Kill sends SIGKILL to the whole group. The supervisor starts it again.
	Kill(ctx context.Context) error
	// Hold kills the group and keeps it down until Release.
	Hold(ctx context.Context) error
	// Release lets the supervisor start it again. Without a Hold it does nothing.
	Release(ctx context.Context) error
	// Signal sends a signal to the whole group.
	Signal(ctx context.Context, sig syscall.Signal) error
}

// Readier is a Process whose supervisor knows when it serves again.
type Readier interface {
	// Ready is nil once the process answers.
	Ready(ctx context.Context) error
}
