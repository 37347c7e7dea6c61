// Package deploy holds the manifests of setups on Kubernetes, as folders for kubectl
// apply -k. They are embedded so that harness lab up applies the same ones.
package deploy

import "embed"

// Files returns the folders: stack, multi-tenant, dedicated, node-root, connector and
// harness.
func Files() embed.FS { return files }

//go:embed stack multi-tenant dedicated node-root connector harness
var files embed.FS //nolint:gochecknoglobals // go:embed needs a variable; it is read only
