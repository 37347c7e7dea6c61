package odoo

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
)

// Each experiment of the track record has one row of the document, and each row an
// experiment and a finding that there is.
func TestTrackRecordTable(t *testing.T) {
	root := filepath.Join("..", "..")
	rows, err := trackRecord(root)
	if err != nil {
		t.Fatal(err)
	}
	var listed, files []string
	for _, row := range rows {
		listed = append(listed, row.experiment)
		if !slices.ContainsFunc(finding.Catalogue(), func(e finding.Entry) bool { return e.ID == row.finding }) {
			t.Errorf("%s: there is no finding %s", row.experiment, row.finding)
		}
		if (row.finding == "DUR-005") != (row.law != "") {
			t.Errorf("%s: finding %s with law %q", row.experiment, row.finding, row.law)
		}
	}
	paths, err := filepath.Glob(filepath.Join(root, "examples", "track-record", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		files = append(files, strings.TrimSuffix(filepath.Base(path), ".yaml"))
	}
	slices.Sort(listed)
	slices.Sort(files)
	if len(files) == 0 || !slices.Equal(listed, files) {
		t.Errorf("docs/track-record.md lists %v, examples/track-record has %v", listed, files)
	}
}
