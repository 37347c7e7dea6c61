package chaos

import "time"

// Manifest is a fault as a person wrote it: a Chaos Mesh resource, or one of the
// two kinds of our own in the same form.
type Manifest struct {
	Path     string // as named in the experiment
	Raw      []byte // the YAML
	Kind     string // PodChaos, NetworkChaos, ..., PostgresChaos, RedisChaos
	Name     string // metadata.name
	Action   string
	Class    string        // annotation odoo-harness/class: database, redis, ingress, application, connector
	Duration time.Duration // spec.duration, 0 when the kind happens at once
}
