package report

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jedib0t/go-pretty/v6/text"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/results"
)

// setupsAtOnce is the fixture with so many setups: copies of the two that it has.
func setupsAtOnce(n int) *analyzer.Judgement {
	j := fixture()
	for i := len(j.Manifest.Setups); i < n; i++ {
		name := fmt.Sprintf("hybrid-%d", i)
		setup := j.Manifest.Setups[0]
		setup.Name, setup.Tenancy = name, results.Hybrid
		j.Manifest.Setups = append(j.Manifest.Setups, setup)
		addWindows(j, name)
		addJudged(j, name)
	}
	return j
}

// Each setup is a column of its own in every report. The terminal keeps to its width: from
// the fourth setup on there is a second table.
func TestSetupsAreColumns(t *testing.T) {
	for setups, tables := range map[int]int{2: 1, 3: 1, 4: 2, 7: 3} {
		j := setupsAtOnce(setups)
		var terminal, comment, page bytes.Buffer
		if err := Terminal(&terminal, j, false); err != nil {
			t.Fatal(err)
		}
		if err := Markdown(&comment, j); err != nil {
			t.Fatal(err)
		}
		if err := HTML(&page, j); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range j.Manifest.Setups {
			names = append(names, s.Name)
			if !strings.Contains(page.String(), `<th scope="col">`+s.Name+"<span") {
				t.Errorf("%d setups: the page has no column %s", setups, s.Name)
			}
		}
		if header := "| | " + strings.Join(names, " | ") + " |"; !strings.Contains(comment.String(), header) {
			t.Errorf("%d setups: the comment has no header %s", setups, header)
		}
		for _, line := range strings.Split(terminal.String(), "\n") {
			if n := text.StringWidthWithoutEscSequences(line); n > terminalWidth {
				t.Errorf("%d setups: a line of %d columns: %s", setups, n, line)
			}
		}
		if got := len(regexp.MustCompile(`(?m)^│ served / offered`).FindAllString(terminal.String(), -1)); got != tables {
			t.Errorf("%d setups: %d tables, want %d", setups, got, tables)
		}
		for part := range slices.Chunk(names, sideways) {
			if header := regexp.MustCompile(`(?m)^│ +│ +` + strings.Join(part, ` +│ +`) + ` +│$`); !header.MatchString(terminal.String()) {
				t.Errorf("%d setups: no table of %v", setups, part)
			}
		}
	}
}
