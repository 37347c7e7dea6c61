package chaos

import "time"

// Manifest is a fault as the user wrote it: a Chaos Mesh resource, or one of this
// project's kinds in the same form. It is plain data: the typed object is in
// chaos/manifest.
type Manifest struct {
	Path     string // as named in the experiment
	Raw      []byte // the YAML
	Kind     string // PodChaos, NetworkChaos, ..., PostgresChaos, RedisChaos
	Name     string // metadata.name
	Action   string
	Class    string        // annotation odoo-harness/class: database, redis, ingress, application, connector
	Duration time.Duration // spec.duration, 0 when the kind happens at once
	// Destroys: processes end or data is discarded, so that acknowledged work can be
	// lost (chaos/kind).
	Destroys bool
}
