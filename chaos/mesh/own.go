package mesh

import (
	"errors"
	"fmt"
	"slices"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/kind"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/chaos/redis"
	"example.org/odooharness/results"
)

// own reports whether the kind is one of this project, which no controller knows.
func own(m chaos.Manifest) bool { return kind.Component(m.Kind) != "" }

// ownFault makes the fault of one of this project's kinds: through the connection of
// each component whose labels the selector matches. What needs the server's process
// is a PodChaos on Kubernetes.
func (d *Driver) ownFault(m chaos.Manifest, document *manifest.Document) (chaos.Fault, []chaos.Component, error) {
	selector, err := document.Selector()
	if err != nil {
		return nil, nil, err
	}
	row, known := kind.Find(m.Kind, m.Action)
	if !known {
		return nil, nil, fmt.Errorf("kind: the chaos-mesh driver does not know %s with action %q", m.Kind, m.Action)
	}
	if row.Mesh.Cannot != "" {
		return nil, nil, fmt.Errorf("%s: %s; %s", row.Mesh.Field, row.Mesh.Cannot, row.Mesh.Instead)
	}
	var faults []chaos.Fault
	var targets []chaos.Component
	var problems []error
	for _, c := range d.Components {
		if !selector.Matches(c.Labels) {
			continue
		}
		fault, err := through(m, row, document, c)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if c.Reach, err = hits(row, document, c); err != nil {
			problems = append(problems, err)
			continue
		}
		faults, targets = append(faults, fault), append(targets, c.Component)
	}
	if len(faults)+len(problems) == 0 {
		problems = append(problems, fmt.Errorf("spec.selector: no component has these labels; there are %s", d.names()))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, nil, err
	}
	if selector.Mode == "one" {
		faults, targets = faults[:1], targets[:1]
	}
	return chaos.All(faults...), targets, nil
}

// target is a PostgreSQL component with the databases that the manifest hits.
func target(document *manifest.Document, c Component) postgres.Target {
	return postgres.Target{Name: c.Name, DSN: c.DSN, Setup: c.Databases, Databases: document.PostgresParameters().Databases}
}

// hits describes what of a component is hit through its connection.
func hits(row kind.Fault, document *manifest.Document, c Component) (string, error) {
	if slices.Contains(kind.With(row.Kind, "databases"), row.Action) {
		return target(document, c).Hits()
	}
	return c.Name + " through its connection", nil
}

// through makes the fault through the connection of a component.
func through(m chaos.Manifest, row kind.Fault, document *manifest.Document, c Component) (chaos.Fault, error) {
	if want := kind.Component(row.Kind); c.Kind != want {
		return nil, fmt.Errorf("spec.selector: %s is a %s, not a %s", c.Name, c.Kind, want)
	}
	needs := func(need kind.Need) bool { return slices.Contains(row.Mesh.Needs, need) }
	if needs(kind.DatabaseDSN) && c.DSN == "" || needs(kind.RedisURL) && c.RedisURL == "" {
		return nil, fmt.Errorf("spec.selector: no connection to %s is known; name its Secret in the setup's component (secret)", c.Name)
	}
	if build, is := postgres.Builders()[m.Action]; is && document.Postgres != nil {
		return build(target(document, c), document.PostgresParameters(), m.Duration), nil
	}
	if build, is := redis.Builders()[m.Action]; is && document.Redis != nil {
		return build(redis.Target{Name: c.Name, URL: c.RedisURL}, document.RedisParameters(), m.Duration)
	}
	return nil, fmt.Errorf("spec.action: the chaos-mesh driver does not know %s", row.Name())
}

// Servers are the PostgreSQL servers of the driver, for [postgres.NewClaim].
func (d *Driver) Servers() []postgres.Target {
	var servers []postgres.Target
	for _, c := range d.Components {
		if c.Kind == results.KindPostgres && c.DSN != "" {
			servers = append(servers, postgres.Target{Name: c.Name, DSN: c.DSN, Setup: c.Databases})
		}
	}
	return servers
}
