package campaign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/report"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

// The files of a campaign.
const (
	MatrixJSON = "matrix.json"
	MatrixHTML = "matrix.html"
)

// Write writes the matrix to the campaign's folder.
func (c *Campaign) Write(m *matrix.Matrix) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the matrix: %w", err)
	}
	var page bytes.Buffer
	if err := report.Matrix(&page, m); err != nil {
		return err
	}
	w := results.Writer{Dir: c.Dir}
	return errors.Join(w.WriteFile(MatrixJSON, append(data, '\n')), w.WriteFile(MatrixHTML, page.Bytes()))
}

// ReadMatrix reads a matrix.json.
func ReadMatrix(path string) (*matrix.Matrix, error) {
	data, err := file.Content(path)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	var m matrix.Matrix
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("%s is not the JSON of a matrix", path)
	}
	if m.Schema != matrix.SchemaVersion {
		return nil, fmt.Errorf("%s has schema %d, this harness reads %d", path, m.Schema, matrix.SchemaVersion)
	}
	return &m, nil
}
