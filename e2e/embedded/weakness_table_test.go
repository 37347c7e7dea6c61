package embedded

import (
	"bufio"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/lab/embedded/weakness"
)

// found is a row of the table in docs/weaknesses.md: the finding of a weakness, and the command.
type found struct {
	weakness, finding, law, command string
}

// weaknessTable reads the table. A finding in brackets is followed by the law that is
// broken: DUR-005 (`invoice-numbers`).
func weaknessTable(t *testing.T) []found {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "docs", "weaknesses.md"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var rows []found
	for scan := bufio.NewScanner(file); scan.Scan(); {
		cells := strings.Split(scan.Text(), "|")
		if len(cells) != 6 || !strings.Contains(cells[4], "--weakness") {
			continue
		}
		code := func(i int) string { return strings.Trim(cells[i], " `") }
		finding, law, _ := strings.Cut(strings.TrimSpace(cells[3]), " ")
		finding = strings.TrimPrefix(strings.SplitN(finding, "]", 2)[0], "[")
		rows = append(rows, found{weakness: code(1), finding: finding, law: strings.Trim(law, "(`)"), command: code(4)})
	}
	return rows
}

// The table names every weakness that can be planted, once and in order, a finding
// that there is, and the command that plants it.
func TestWeaknessTable(t *testing.T) {
	var listed, planted []string
	for _, row := range weaknessTable(t) {
		listed = append(listed, row.weakness)
		if want := "bin/harness run examples/weakness.yaml --weakness " + row.weakness; row.command != want {
			t.Errorf("%s: command %q, want %q", row.weakness, row.command, want)
		}
		if !slices.ContainsFunc(finding.Catalogue(), func(e finding.Entry) bool { return e.ID == row.finding }) {
			t.Errorf("%s: there is no finding %q", row.weakness, row.finding)
		}
	}
	for _, w := range weakness.All() {
		planted = append(planted, w.Name)
	}
	if !slices.Equal(listed, planted) {
		t.Errorf("docs/weaknesses.md lists %v, the lab plants %v", listed, planted)
	}
}
