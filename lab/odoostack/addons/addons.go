// Package addons carries the lab's own Odoo addons inside the binary.
//
// The lab writes them next to each Odoo that it starts, so that a lab needs no
// checkout of this repository:
//
//   - harness_session_redis keeps web sessions in Redis and reports which
//     registries a worker has loaded;
//   - harness_connector turns a shipped transfer into a job for the carrier.
//
// See docs/lab.md for what each does and for the weaknesses that can be planted.
package addons

import (
	"embed"
	"io/fs"
)

//go:embed all:harness_session_redis all:harness_connector
var tree embed.FS

// Tree holds one folder an addon.
func Tree() fs.FS { return tree }
