package campaign

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/results"
)

// crash is an attempt to measure a cell that ended without a result. It is kept next to the
// experiment.
type crash struct {
	Started time.Time `json:"started"`
	Why     string    `json:"why"`
	Inputs  []string  `json:"inputs"` // digests
}

func (c crash) sentence() string {
	return "The run ended without a result: " + strings.TrimSuffix(strings.TrimSpace(c.Why), ".") + "."
}

func (e Experiment) crashFile() string { return strings.TrimSuffix(e.File, ".yaml") + ".crash.json" }

func (e Experiment) digests() []string {
	var all []string
	for _, in := range e.Inputs {
		all = append(all, in.SHA256)
	}
	return all
}

// recordCrash writes the crash of an attempt.
func (e Experiment) recordCrash(started time.Time, why error) error {
	data, err := json.MarshalIndent(crash{Started: started, Why: why.Error(), Inputs: e.digests()}, "", "  ")
	if err != nil {
		return fmt.Errorf("record the attempt: %w", err)
	}
	w := results.Writer{Dir: filepath.Dir(e.crashFile())}
	return w.WriteFile(filepath.Base(e.crashFile()), append(data, '\n'))
}

// lastCrash reads the crash of an experiment. It counts until a later run has a result, and as
// long as the inputs are the same.
func (e Experiment) lastCrash(run *results.Run) (*crash, error) {
	data, err := os.ReadFile(e.crashFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the last attempt: %w", err)
	}
	var last crash
	if err := json.Unmarshal(data, &last); err != nil {
		return nil, fmt.Errorf("%s: %w", e.crashFile(), err)
	}
	if !slices.Equal(last.Inputs, e.digests()) || run != nil && !run.Manifest.Started.Before(last.Started) {
		return nil, nil
	}
	return &last, nil
}
