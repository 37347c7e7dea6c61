package mesh

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/internal/secret"
)

// Component is a part of a setup whose pods are known by their labels.
type Component struct {
	chaos.Component
	Namespaces []string    // where its pods are; empty: those of the options
	DSN        secret.Text // of a postgres component, for PostgresChaos
	RedisURL   secret.Text // of a redis component, for RedisChaos
}

// Options of a driver.
type Options struct {
	Client     client.Client
	Namespace  string      // where the resources of Chaos Mesh are created
	Namespaces []string    // whose pods may be hit
	Components []Component // every pod hit must belong to one of them
	// MaxPods is the blast radius: a fault that may hit more pods is refused. 0: no limit.
	MaxPods int
	// MeshNamespace is where Chaos Mesh runs, default chaos-mesh.
	MeshNamespace string

	Run string // labels everything created, random when empty
	// Experiment names the experiment and its run for people, e.g. first-look/2026-11-30T10:00.
	Experiment string
	Owner      *metav1.OwnerReference // goes with it; the pod of a run within the cluster
	Host       string                 // with PID, whose run it is, for the sweep
	PID        int
	Log        *slog.Logger // what the user has to know; nil: nothing is logged

	// Stuck is how long a deletion may take before it is forced, default 8 s.
	Stuck time.Duration
}

// Driver is the [chaos.Driver] over a cluster.
type Driver struct {
	Options
	made atomic.Int64 // faults, for their names
}

// New returns the driver.
func New(o Options) *Driver {
	if o.MeshNamespace == "" {
		o.MeshNamespace = "chaos-mesh"
	}
	if o.Run == "" {
		o.Run = strings.ToLower(rand.Text()[:8])
	}
	if o.Stuck == 0 {
		o.Stuck = 8 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Driver{Options: o}
}

// Name is what setups and records call this driver.
const Name = "chaos-mesh"

// Name is [Name].
func (d *Driver) Name() string { return Name }

// Check implements [chaos.Driver]: it reads pods and touches nothing.
func (d *Driver) Check(ctx context.Context, m chaos.Manifest) ([]chaos.Component, error) {
	document, err := manifest.Decode(m)
	if err != nil {
		return nil, err
	}
	if own(m) {
		_, targets, err := d.ownFault(m, document)
		return targets, d.refuse(m, err)
	}
	_, aims, err := d.aiming(m, document)
	if err != nil {
		return nil, d.refuse(m, err)
	}
	s, err := d.selected(ctx, aims)
	if err != nil {
		return nil, d.refuse(m, err)
	}
	return s.components, nil
}

// Fault implements [chaos.Driver].
func (d *Driver) Fault(m chaos.Manifest, targets []chaos.Component) (chaos.Fault, error) {
	document, err := manifest.Decode(m)
	if err != nil {
		return nil, err
	}
	if len(targets) == 0 {
		return nil, d.refuse(m, errors.New("no target"))
	}
	if own(m) {
		fault, _, err := d.ownFault(m, document)
		return fault, d.refuse(m, err)
	}
	resource, aims, err := d.aiming(m, document)
	if err != nil {
		return nil, d.refuse(m, err)
	}
	resource.SetName(fmt.Sprintf("%s-%s-%d", m.Name, d.Run, d.made.Add(1)))
	return &fault{driver: d, manifest: m, started: startedKinds(document), resource: resource, aims: aims}, nil
}

// aiming is the resource that a manifest makes, and what it selects.
func (d *Driver) aiming(m chaos.Manifest, document *manifest.Document) (*unstructured.Unstructured, []aim, error) {
	resource, err := d.resource(m)
	if err != nil {
		return nil, nil, err
	}
	times := map[string]int{}
	if document.Workflow != nil {
		times = document.Starts()
	}
	all, err := aims(resource.Object, times)
	return resource, all, err
}

// startedKinds are the kinds of the faults that a Workflow or Schedule starts.
func startedKinds(document *manifest.Document) []string {
	var kinds []string
	for _, step := range document.Steps() {
		kinds = append(kinds, step.Document.Kind())
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// refuse adds the name of the manifest to the error.
func (d *Driver) refuse(m chaos.Manifest, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: the chaos-mesh driver cannot realise %s %q: %w", m.Path, m.Kind, m.Name, err)
}

// component finds the component that a pod belongs to.
func (d *Driver) component(namespace string, labels map[string]string) (Component, bool) {
	for _, c := range d.Components {
		if slices.Contains(d.NamespacesOf(c), namespace) && (chaos.Selector{Labels: c.Labels}).Matches(labels) &&
			len(c.Labels) > 0 {
			return c, true
		}
	}
	return Component{}, false
}

// NamespacesOf are those that a component's pods are in.
func (d *Driver) NamespacesOf(c Component) []string {
	if len(c.Namespaces) > 0 {
		return c.Namespaces
	}
	return d.Namespaces
}

func (d *Driver) names() string {
	names := make([]string, 0, len(d.Components))
	for _, c := range d.Components {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}
