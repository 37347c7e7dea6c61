package odoo

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// recorded is a row of docs/track-record.md: an experiment of examples/track-record, and the
// finding that reports its fault.
type recorded struct {
	experiment string // file name without .yaml
	finding    string
	law        string // of the audit, where the finding is about laws
}

// trackRecord reads the rows of the table whose command runs an experiment.
func trackRecord(root string) ([]recorded, error) {
	path := filepath.Join(root, "docs", "track-record.md")
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	command := regexp.MustCompile("`bin/harness run examples/track-record/([a-z-]+)\\.yaml`")
	reported := regexp.MustCompile("\\[([A-Z]+-\\d+)\\]\\(findings/[A-Z]+-\\d+\\.md\\)(?: \\(`([a-z-]+)`\\))?")
	var rows []recorded
	for line := range strings.Lines(string(text)) {
		run := command.FindStringSubmatch(line)
		if run == nil || !strings.HasPrefix(line, "|") {
			continue
		}
		found := reported.FindStringSubmatch(line)
		if found == nil {
			return nil, fmt.Errorf("%s: the row of %s names no finding", path, run[1])
		}
		rows = append(rows, recorded{experiment: run[1], finding: found[1], law: found[2]})
	}
	return rows, nil
}
