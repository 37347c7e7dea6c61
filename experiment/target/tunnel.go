package target

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/lab/forward"
)

// Values of chaos.reach for a harness outside of the cluster.
const (
	byPortForward = "port-forward" // through the API server
	byServiceIP   = "service-ip"   // Services' addresses are routed, their names are not known
)

// tunnel reaches a cluster's Services.
type tunnel interface {
	// URL is one that names a Service, as it is reached from here.
	URL(ctx context.Context, text string) (string, error)
	Close() error
}

// newTunnel is the tunnel that the setup requests. It is nil where the addresses of
// Services work as they are written. The caller closes it.
func newTunnel(s spec.Setup) (tunnel, error) {
	if !s.OnKubernetes() || (s.Chaos.Reach != byPortForward && s.Chaos.Reach != byServiceIP) {
		return nil, nil
	}
	config, _, err := mesh.Config(s.Chaos.Kubeconfig, s.Chaos.Context)
	if err != nil {
		return nil, err
	}
	c, err := mesh.Connect(config)
	if err != nil {
		return nil, err
	}
	if s.Chaos.Reach == byServiceIP {
		return forward.Addresses{Client: c, Namespace: s.Chaos.Namespace}, nil
	}
	return forward.New(config, c, s.Chaos.Namespace), nil
}

// openTunnel reaches a target through the tunnel that the setup requests, until it is
// closed.
func openTunnel(ctx context.Context, s spec.Setup, t *Target) (closeTunnel func() error, err error) {
	w, err := newTunnel(s)
	if err != nil {
		return nil, err
	}
	if w == nil {
		return func() error { return nil }, nil
	}
	if err := redirectTarget(ctx, w, t); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w.Close, nil
}

// redirectTarget puts where they are reached in the place of the tenants' and probes'
// addresses. Ingresses still see the name that the setup file gives.
func redirectTarget(ctx context.Context, w tunnel, t *Target) error {
	var problems []error
	for i := range t.Tenants {
		tenant := &t.Tenants[i]
		if u, err := url.Parse(tenant.URL); err == nil && tenant.Host == "" {
			tenant.Host = u.Host
		}
		problems = append(problems, redirect(ctx, w, "tenant "+tenant.Name, &tenant.URL))
	}
	for i := range t.Audit {
		problems = append(problems, redirect(ctx, w, "the database of "+t.Audit[i].Name, &t.Audit[i].DSN))
	}
	for i := range t.Probes {
		probe := &t.Probes[i]
		problems = append(problems, redirect(ctx, w, "component "+probe.Component, &probe.DSN),
			redirect(ctx, w, "component "+probe.Component, &probe.URL))
	}
	return errors.Join(problems...)
}

// redirectDriver does the same for the faults that go through a component's connection.
func redirectDriver(ctx context.Context, w tunnel, d *mesh.Driver) error {
	var problems []error
	for i := range d.Components {
		c := &d.Components[i]
		problems = append(problems, redirect(ctx, w, "component "+c.Name, &c.DSN),
			redirect(ctx, w, "component "+c.Name, &c.RedisURL))
	}
	return errors.Join(problems...)
}

func redirect[T ~string](ctx context.Context, w tunnel, whose string, text *T) error {
	if *text == "" {
		return nil
	}
	local, err := w.URL(ctx, string(*text))
	if err != nil {
		return fmt.Errorf("reach %s: %w", whose, err)
	}
	*text = T(local)
	return nil
}

// tunnelNeeds are the permissions that a tunnel needs.
func tunnelNeeds(s spec.Setup) []mesh.Need {
	var needs []mesh.Need
	for _, n := range s.AllowedNamespaces() {
		switch s.Chaos.Reach {
		case byPortForward:
			needs = append(needs,
				mesh.Need{Namespace: n, Resource: "services", Verbs: []string{"get"}, Because: "to find the pods behind a Service"},
				mesh.Need{Namespace: n, Resource: "pods/portforward", Verbs: []string{"create", "get"},
					Because: "chaos.reach is port-forward"})
		case byServiceIP:
			needs = append(needs, mesh.Need{Namespace: n, Resource: "services", Verbs: []string{"get"},
				Because: "to find their addresses"})
		}
	}
	return needs
}
