// Package embedded runs whole experiments on the embedded target: real PostgreSQL, real
// Redis, real processes, no containers and no Odoo.
//
// make test runs them. Those behind the tag "weaknesses" plant each weakness that the
// target offers (make test-weaknesses); those named Prometheus need a Prometheus (make
// test-prometheus).
package embedded
