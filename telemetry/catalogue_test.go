package telemetry

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of series into docs/telemetry.md")

func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Catalogue() {
		if seen[s.Name] {
			t.Errorf("%s is listed twice", s.Name)
		}
		seen[s.Name] = true
		if !slices.Contains([]string{"s", "1/s", "count", "bytes", "bytes/s", "ratio", "cores", "none"}, s.Unit) {
			t.Errorf("%s has the unit %q", s.Name, s.Unit)
		}
		if !slices.Contains([]string{lower, higher, none}, s.Better) {
			t.Errorf("%s is better %q", s.Name, s.Better)
		}
		if s.Meaning == "" {
			t.Errorf("%s has no meaning", s.Name)
		}
	}
}

// The table in docs/telemetry.md is made from the catalogue; go test -update
// writes it.
func TestDocumented(t *testing.T) {
	const path, begin, end = "../docs/telemetry.md", "<!-- series: made by go test ./telemetry -update -->\n", "<!-- end of series -->"
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	table.WriteString("\n| series | unit | better | meaning |\n|---|---|---|---|\n")
	for _, s := range Catalogue() {
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", s.Name, s.Unit, s.Better, s.Meaning)
	}
	table.WriteString("\n")
	before, rest, ok1 := strings.Cut(string(doc), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has lost the marks of its table", path)
	}
	want := before + begin + table.String() + end + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(doc) {
		t.Errorf("%s differs from the catalogue; go test ./telemetry -update writes it", path)
	}
}
