package architecture

import "testing"

// TestPackagesCanBeRead limits the source files of a package to what a reader can keep in
// view.
func TestPackagesCanBeRead(t *testing.T) {
	const usual = 25
	other := map[string]int{
		"telemetry":  40, // a file for each source of series
		"analyzer":   8,  // the face: each question has a folder
		"experiment": 8,  // likewise, each job
	}
	for _, p := range packages(t) {
		most, known := other[p.folder]
		if !known {
			most = usual
		}
		if n := len(p.GoFiles); n > most && !isSupport(p.folder) {
			t.Errorf("%s has %d source files, want at most %d: split it", p.folder, n, most)
		}
	}
}
