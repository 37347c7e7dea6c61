// Package deploy holds the manifests of setups on Kubernetes, as folders for kubectl
// apply -k. What its labs are made of is embedded, so that harness lab up applies the
// same.
package deploy

import "embed"

// Files returns the folders stack, node-root and connector.
func Files() embed.FS { return files }

//go:embed stack node-root connector
var files embed.FS
