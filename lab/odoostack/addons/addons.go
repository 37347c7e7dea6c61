// Package addons carries the lab's own Odoo addons inside the binary.
//
// The lab writes them next to each Odoo that it starts, so that a lab needs no
// checkout of this repository:
//
//   - harness_session_redis keeps web sessions in Redis and reports which
//     registries a worker has loaded;
//   - harness_connector turns a shipped transfer into a job for the carrier.
//
// Each version of Odoo that the lab has is a folder with both, written for it.
//
// See docs/lab.md for what each does and for the weaknesses that can be planted.
package addons

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed all:odoo19 all:odoo14
var trees embed.FS

// Tree holds one folder an addon, for a version of Odoo. Reading it
// fails for a version without addons.
func Tree(odoo int) fs.FS {
	tree, err := fs.Sub(trees, fmt.Sprintf("odoo%d", odoo))
	if err != nil {
		panic(err) // the name is valid
	}
	return tree
}
