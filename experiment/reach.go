package experiment

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"odooharness/chaos/mesh"
	"odooharness/lab/forward"
)

// byPortForward is the value of chaos.reach for a harness outside of the cluster.
const byPortForward = "port-forward"

// openForward is the way to a cluster's Services; nil where they are in reach as they
// are written. Who opens it closes it.
func openForward(s Setup) (*forward.Forwarder, error) {
	if !s.onKubernetes() || s.Chaos.Reach != byPortForward {
		return nil, nil
	}
	config, _, err := mesh.Config(s.Chaos.Kubeconfig, s.Chaos.Context)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 50, 100
	c, err := mesh.Connect(config)
	if err != nil {
		return nil, err
	}
	return forward.New(config, c, s.Chaos.Namespace), nil
}

// forwardTarget puts the local ends in the place of the tenants' and probes'
// addresses. Ingresses still see the name that the setup file gives.
func forwardTarget(ctx context.Context, f *forward.Forwarder, t *Target) error {
	var problems []error
	for i := range t.Tenants {
		tenant := &t.Tenants[i]
		if u, err := url.Parse(tenant.URL); err == nil && tenant.Host == "" {
			tenant.Host = u.Host
		}
		problems = append(problems, forwardURL(ctx, f, "tenant "+tenant.Name, &tenant.URL))
	}
	for i := range t.Probes {
		probe := &t.Probes[i]
		problems = append(problems, forwardURL(ctx, f, "component "+probe.Component, &probe.DSN),
			forwardURL(ctx, f, "component "+probe.Component, &probe.URL))
	}
	return errors.Join(problems...)
}

// forwardDriver does the same for the faults that go through a component's connection.
func forwardDriver(ctx context.Context, f *forward.Forwarder, d *mesh.Driver) error {
	var problems []error
	for i := range d.Components {
		c := &d.Components[i]
		problems = append(problems, forwardURL(ctx, f, "component "+c.Name, &c.DSN),
			forwardURL(ctx, f, "component "+c.Name, &c.RedisURL))
	}
	return errors.Join(problems...)
}

func forwardURL(ctx context.Context, f *forward.Forwarder, whose string, text *string) error {
	if *text == "" {
		return nil
	}
	local, err := f.URL(ctx, *text)
	if err != nil {
		return fmt.Errorf("reach %s: %w", whose, err)
	}
	*text = local
	return nil
}

// forwardNeeds are the permissions that it takes.
func forwardNeeds(s Setup) []mesh.Need {
	if s.Chaos.Reach != byPortForward {
		return nil
	}
	var needs []mesh.Need
	for _, n := range s.namespaces() {
		needs = append(needs,
			mesh.Need{Namespace: n, Resource: "services", Verbs: []string{"get"}, Because: "to find the pods behind a Service"},
			mesh.Need{Namespace: n, Resource: "pods/portforward", Verbs: []string{"create", "get"}, Because: "chaos.reach is port-forward"})
	}
	return needs
}
