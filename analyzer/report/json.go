package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"

	"odooharness/analyzer"
)

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of what [JSON] writes.
func Schema() []byte { return append([]byte(nil), schema...) }

// JSON writes the whole judgement, indented: findings.json of a run.
func JSON(w io.Writer, j *analyzer.Judgement) error {
	data, err := json.MarshalIndent(j, "", "  ")
	if err != nil {
		return fmt.Errorf("encode findings: %w", err)
	}
	if _, err := w.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("write findings: %w", err)
	}
	return nil
}
