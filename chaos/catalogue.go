package chaos

import (
	"embed"
	"io/fs"
)

//go:embed catalogue/*.yaml
var catalogue embed.FS

// Catalogue returns the ready manifests, one file a fault. docs/faults.md
// describes each.
func Catalogue() fs.FS {
	sub, err := fs.Sub(catalogue, "catalogue")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	return sub
}
