package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/google/renameio/v2"

	"example.org/odooharness/lab/proctree"
)

// ErrNotUp is returned for a lab that is not there.
var ErrNotUp = errors.New("lab is not up")

// DefaultDir is where labs keep their state: odoo-harness/labs in
// $XDG_STATE_HOME, or in ~/.local/state.
func DefaultDir() string {
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			home = os.TempDir()
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "odoo-harness", "labs")
}

// StatusFile is where a lab's status is, credentials included.
func StatusFile(dir, name string) string { return filepath.Join(dir, name, "status.json") }

// SupervisorLog is the log of a lab's supervisor.
func SupervisorLog(dir, name string) string { return filepath.Join(dir, name, "supervisor.log") }

// Record is what a lab holds of the machine, kept current by the supervisor so
// that a sweep can free it after the supervisor was killed.
type Record struct {
	Supervisor proctree.Identity   `json:"supervisor"`
	Processes  []proctree.Identity `json:"processes,omitempty"`
	Cgroups    []string            `json:"cgroups,omitempty"`
	Folders    []string            `json:"folders,omitempty"`
}

func specFile(state string) string   { return filepath.Join(state, "spec.json") }
func recordFile(state string) string { return filepath.Join(state, "record.json") }

// ReadSpec reads the spec from the state folder of one lab: what the supervisor
// process starts with.
func ReadSpec(state string) (Spec, error) { return readJSON[Spec](specFile(state)) }

// ReadRecord reads the record from the state folder of one lab.
func ReadRecord(state string) (Record, error) { return readJSON[Record](recordFile(state)) }

// WriteRecord replaces the record in the state folder of one lab.
func WriteRecord(state string, r Record) error { return writeJSON(recordFile(state), r) }

// WriteStatus replaces the status in the state folder of one lab. Its presence
// means that the lab is ready.
func WriteStatus(state string, s Status) error {
	return writeJSON(filepath.Join(state, "status.json"), s)
}

// checkName keeps a lab's name a plain folder name.
func checkName(name string) error {
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,40}$`).MatchString(name) {
		return fmt.Errorf("lab name %q: use small letters, digits and dashes", name)
	}
	return nil
}

func readJSON[T any](path string) (T, error) {
	var value T
	raw, err := os.ReadFile(path)
	if err != nil {
		return value, err
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return value, fmt.Errorf("read %s: %w", path, err)
	}
	return value, nil
}

// writeJSON replaces the file whole or not at all, readable by its owner only.
func writeJSON[T any](path string, value T) error {
	raw, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", filepath.Base(path), err)
	}
	err = renameio.WriteFile(path, append(raw, '\n'), 0o600, renameio.WithTempDir(filepath.Dir(path)), renameio.IgnoreUmask())
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

// alive reports whether the process lives; a child of ours that has ended is
// reaped on the way, so that it does not look alive to others.
func alive(id proctree.Identity) bool {
	if id.PID <= 0 {
		return false
	}
	if _, err := proctree.Of(id.PID); err == nil {
		var ws syscall.WaitStatus
		_, _ = syscall.Wait4(id.PID, &ws, syscall.WNOHANG, nil) // ECHILD: not our child
	}
	return id.Alive()
}
