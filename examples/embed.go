// Package examples holds experiments, setups and objectives that a user copies
// and edits. The files are embedded so that harness init can lay them out.
package examples

import "embed"

// Files returns the example files: *.yaml, setups/, objectives/, faults/, campaigns/,
// track-record/.
func Files() embed.FS { return files }

//go:embed *.yaml setups/*.yaml objectives/*.yaml faults/*.yaml campaigns/*.yaml track-record/*.yaml track-record/*.js
var files embed.FS
