package odoostack

import (
	"context"
	"math"
	"os/exec"
	"syscall"
	"time"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
	"example.org/odooharness/results"
)

// ingress is the front door of a stack, whichever program it is.
type ingress interface {
	// layOut writes its files.
	layOut(ctx context.Context) error
	command() *exec.Cmd
	// stop is the signal that lets answers under way finish.
	stop() syscall.Signal
	// accessLog is where it writes on the host.
	accessLog() string
	// metrics is the URL of its page in Prometheus' form, empty without one.
	metrics() string
}

// front is what every ingress of a stack is configured with.
type front struct {
	root       *debian.Root
	stack      string
	cgroups    []string
	port       int
	tenants    []string
	httpPorts  []int // of the Odoo servers
	bulkPorts  []int // of those for bulk work, none: the others do it
	geventPort int
	limits     map[string]lab.Limit
	timeout    time.Duration // gives up on Odoo after this, 0: nginx's 60 s
}

// healthPath is answered by the ingress itself, and in no log.
const healthPath = "/harness/ingress"

// milliseconds is the timeout as configurations write it: a whole number above zero. 0 would
// fail every request at once (nginx) or wait without end (Traefik).
func (f *front) milliseconds() int64 {
	timeout := f.timeout
	if timeout <= 0 {
		timeout = time.Minute
	}
	return int64(math.Max(1, math.Ceil(float64(timeout)/float64(time.Millisecond))))
}

// newIngress is the program that the lab's spec names, in front of the stack's servers.
func newIngress(spec lab.Spec, f *front, found *Traefik, take func() int) ingress {
	if spec.Ingress == results.IngressTraefik {
		return &traefik{front: f, program: found.Path, metricsPort: take()}
	}
	return &nginx{front: f}
}
