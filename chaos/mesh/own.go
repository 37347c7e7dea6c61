package mesh

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/chaos/redis"
)

// own reports whether the kind is one of this project, which no controller knows.
func own(d *manifest.Document) bool {
	return d.Postgres != nil || d.Redis != nil || d.Odoo != nil || d.Carrier != nil
}

// ownFault makes the fault of a kind of our own: through the connection of each
// component whose labels the selector matches. What needs the server's process is a
// PodChaos on Kubernetes.
func (d *Driver) ownFault(m chaos.Manifest, document *manifest.Document) (chaos.Fault, []chaos.Component, error) {
	if document.Odoo != nil {
		return nil, nil, errors.New("kind: a worker's process is inside of its pod; write PodChaos with action container-kill")
	}
	if document.Carrier != nil {
		return nil, nil, errors.New("kind: the carrier's control port is inside of its pod; cut it off with NetworkChaos or PodChaos")
	}
	selector, err := document.Selector()
	if err != nil {
		return nil, nil, err
	}
	var faults []chaos.Fault
	var targets []chaos.Component
	var problems []error
	for _, c := range d.Components {
		if !selector.Matches(c.Labels) {
			continue
		}
		fault, err := d.through(m, document, c)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		c.Reach = "through its connection"
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

func (d *Driver) through(m chaos.Manifest, document *manifest.Document, c Component) (chaos.Fault, error) {
	if document.Postgres != nil {
		spec := document.Postgres.Spec
		parameters := manifest.PostgresParameters{}
		if spec.Parameters != nil {
			parameters = *spec.Parameters
		}
		if spec.Action == "fill-wal-disk" {
			return nil, errors.New("spec.action: the disk of the log is inside of the pod; write IOChaos with action fault and " +
				"errno: 28 (examples/faults/wal-disk-full-kubernetes.yaml)")
		}
		if err := usable(c, "postgres", spec.Action, c.DSN, "terminate-backends", "lock-table", "connection-limit"); err != nil {
			return nil, err
		}
		target := postgres.Target{Name: c.Name, DSN: c.DSN, Databases: parameters.Databases}
		switch spec.Action {
		case "terminate-backends":
			return postgres.TerminateBackends(target), nil
		case "lock-table":
			return postgres.LockTable(target, parameters.Table, parameters.LockMode, m.Duration+10*time.Second), nil
		}
		return postgres.ConnectionLimit(target, parameters.Limit), nil
	}
	spec := document.Redis.Spec
	parameters := manifest.RedisParameters{}
	if spec.Parameters != nil {
		parameters = *spec.Parameters
	}
	if err := usable(c, "redis", spec.Action, c.RedisURL, "pause-clients", "flush", "squeeze-memory"); err != nil {
		return nil, err
	}
	target := redis.Target{Name: c.Name, URL: c.RedisURL}
	switch spec.Action {
	case "pause-clients":
		writes := parameters.Commands == "write"
		if !writes && m.Duration > redis.LongestPause {
			return nil, fmt.Errorf("spec.duration: a pause of all commands cannot be taken back early, so it may last at most %v; "+
				"shorten it, or write parameters: {commands: write}", redis.LongestPause)
		}
		return redis.PauseClients(target, writes, m.Duration), nil
	case "flush":
		return redis.Flush(target), nil
	}
	bytes, percent, err := manifest.ParseMemory(parameters.Memory)
	if err != nil {
		return nil, fmt.Errorf("spec.parameters.memory: %w", err)
	}
	return redis.SqueezeMemory(target, bytes, percent, parameters.Policy), nil
}

// usable refuses a component of another kind, an action that needs the process, and
// one whose connection is not known.
func usable(c Component, kind, action, connection string, known ...string) error {
	if c.Kind != kind {
		return fmt.Errorf("spec.selector: %s is a %s, not a %s", c.Name, c.Kind, kind)
	}
	if !slices.Contains(known, action) {
		return fmt.Errorf("spec.action: %s needs the server's process, which is inside of its pod; write PodChaos with action "+
			"pod-kill (it ends and comes back) or pod-failure (it stays away)", action)
	}
	if connection == "" {
		return fmt.Errorf("spec.selector: no connection to %s is known; name its Secret in the setup's component (secret)", c.Name)
	}
	return nil
}
