package architecture

import "testing"

// mostFiles is the number of source files of a package that a reader can keep in view.
const mostFiles = 25

// larger names the packages that may have more source files, and how many.
func larger() map[string]int {
	return map[string]int{
		"telemetry":     40, // a source of series a file
		"analyzer":      60,
		"experiment":    46,
		"odoo":          29,
		"lab/odoostack": 26,
	}
}

func TestPackagesCanBeRead(t *testing.T) {
	for _, p := range packages(t) {
		most, known := larger()[p.folder]
		if !known {
			most = mostFiles
		}
		if n := len(p.GoFiles); n > most && !isSupport(p.folder) {
			t.Errorf("%s has %d source files, want at most %d: split it", p.folder, n, most)
		}
	}
}
