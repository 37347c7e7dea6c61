package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/versus"
)

//go:embed schema.json
var schema []byte

//go:embed compare.schema.json
var compareSchema []byte

// Schema returns the JSON Schema (draft 2020-12) of what [JSON] writes.
func Schema() []byte { return append([]byte(nil), schema...) }

// CompareSchema returns that of what [CompareJSON] writes. It refers to the other.
func CompareSchema() []byte { return append([]byte(nil), compareSchema...) }

// compareVersion is the version of what [CompareJSON] writes.
const compareVersion = 1

// comparisons is what [CompareJSON] writes.
type comparisons struct {
	Schema      int                  `json:"schema"`
	Verdict     finding.Verdict      `json:"verdict"`
	Comparisons []*versus.Comparison `json:"comparisons"`
}

// CompareJSON writes comparisons and the verdict over them, indented.
func CompareJSON(w io.Writer, verdict finding.Verdict, all []*versus.Comparison) error {
	return writeJSON(w, "comparisons", comparisons{compareVersion, verdict, all})
}

// JSON writes the whole judgement, indented: findings.json of a run.
func JSON(w io.Writer, j *analyzer.Judgement) error { return writeJSON(w, "findings", j) }

func writeJSON[T any](w io.Writer, what string, document T) error {
	data, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", what, err)
	}
	if _, err := w.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("write %s: %w", what, err)
	}
	return nil
}
