package results

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// Writer is a run being written.
type Writer struct {
	Dir string
}

// Create makes the folder root/<experiment>/<utc>-<seed>-<five letters>, writes the manifest and
// the plan, and points root/<experiment>/latest at it.
func Create(root string, m Manifest, plan []byte) (*Writer, error) {
	m.Schema = SchemaVersion
	// The name tags documents in Odoo: runs of one second and seed must differ.
	unique := strings.ToLower(rand.Text()[:5])
	name := fmt.Sprintf("%s-%d-%s", m.Started.UTC().Format("20060102T150405Z"), m.Seed, unique)
	parent := filepath.Join(root, m.Experiment)
	dir := filepath.Join(parent, name)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, fmt.Errorf("create run: %w", err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, fmt.Errorf("create run: %w", err)
	}
	w := &Writer{Dir: dir}
	if err := w.WriteManifest(m); err != nil {
		return nil, err
	}
	if err := w.WriteFile("plan.json", plan); err != nil {
		return nil, err
	}
	return w, pointLatest(parent, name)
}

// WriteManifest replaces the manifest: versions of the targets are known only
// once they run.
func (w *Writer) WriteManifest(m Manifest) error {
	m.Schema = SchemaVersion
	return writeJSON(filepath.Join(w.Dir, "manifest.json"), m)
}

// WriteFile replaces a file of the run, whole or not at all.
func (w *Writer) WriteFile(name string, data []byte) error {
	err := writeFile(filepath.Join(w.Dir, name), func(out io.Writer) error {
		_, err := out.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// CreateTrial makes the folder of a trial and writes it as running.
func (w *Writer) CreateTrial(t Trial) (*TrialWriter, error) {
	tw := &TrialWriter{Dir: filepath.Join(w.Dir, "trials", t.Name)}
	if err := os.MkdirAll(tw.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("create trial: %w", err)
	}
	t.State = TrialRunning
	return tw, tw.WriteTrial(t)
}

// TrialWriter is a trial being written. The producers of its rows create tables with
// [NewTable] in Dir.
type TrialWriter struct {
	Dir string
}

// WriteTrial replaces trial.json.
func (w *TrialWriter) WriteTrial(t Trial) error {
	return writeJSON(filepath.Join(w.Dir, "trial.json"), t)
}

// WriteInjections replaces injections.json. It is called at every mark of a fault, so
// a killed harness leaves the marks made so far.
func (w *TrialWriter) WriteInjections(all []Injection) error {
	return writeJSON(filepath.Join(w.Dir, "injections.json"), all)
}

func writeJSON(path string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(path), err)
	}
	err = writeFile(path, func(out io.Writer) error {
		_, err := out.Write(append(data, '\n'))
		return err
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

// pointLatest replaces the link parent/latest by one to name.
func pointLatest(parent, name string) error {
	if err := renameio.Symlink(name, filepath.Join(parent, "latest")); err != nil {
		return fmt.Errorf("point latest: %w", err)
	}
	return nil
}
