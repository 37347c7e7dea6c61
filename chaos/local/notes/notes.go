// Package notes keeps files about processes that a fault has stopped. A stopped process
// cannot carry a mark itself.
//
//  1. [Write] writes a note before the process is stopped, [Remove] removes it after the
//     process goes on.
//  2. After a crash [Left] lists the processes that are still stopped.
//
// An example:
//
//	path, err := notes.Write(folder, owner, "shared/postgres", process)
package notes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/chaos/mark"
	"example.org/odooharness/chaos/watchdog"
)

// note is the content of a file.
type note struct {
	Owner     mark.Mark `json:"owner"`
	Component string    `json:"component"`
	PID       int       `json:"pid"`
	Start     uint64    `json:"start"`
}

// Write writes a note and returns its path.
func Write(folder string, owner mark.Mark, component string, p proc.Process) (path string, err error) {
	raw, err := json.Marshal(note{Owner: owner, Component: component, PID: p.PID, Start: p.Start})
	if err != nil {
		return "", fmt.Errorf("encode note: %w", err)
	}
	path = filepath.Join(folder, fmt.Sprintf("stopped-%d-%d.json", p.PID, p.Start))
	if err := errors.Join(os.MkdirAll(folder, 0o700), os.WriteFile(path, append(raw, '\n'), 0o600)); err != nil {
		return "", fmt.Errorf("write a note about the process to be stopped: %w", err)
	}
	return path, nil
}

// Remove removes a note that may have been removed already.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Left lists the processes of a folder's notes that are stopped. It removes the notes of
// those that have ended or go on.
func Left(folder string) (found []mark.Left, err error) {
	paths, err := filepath.Glob(filepath.Join(folder, "stopped-*.json"))
	if err != nil {
		return nil, fmt.Errorf("list notes of faults: %w", err)
	}
	var problems []error
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // its fault has just been reverted
		}
		var n note
		if err == nil {
			err = json.Unmarshal(raw, &n)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("read note %s: %w", path, err))
			continue
		}
		p := proc.Process{PID: n.PID, Start: n.Start}
		if now, lives := p.Now(); lives && now.State == 'T' {
			found = append(found, Process(n.Component, p, n.Owner, path))
		} else if !n.Owner.Living(n.Owner.Until) { // else its process is about to be stopped
			problems = append(problems, Remove(path))
		}
	}
	return found, errors.Join(problems...)
}

// Process is a stopped process as a fault that is left. The note may be empty.
func Process(component string, p proc.Process, owner mark.Mark, note string) mark.Left {
	return mark.Left{
		Mark: owner, Component: component, ByHand: fmt.Sprintf("kill -CONT %d", p.PID),
		State: fmt.Sprintf("process %d is stopped (SIGSTOP)", p.PID),
		Revert: func(context.Context) error {
			if err := watchdog.Continue(p); err != nil || note == "" {
				return err
			}
			return Remove(note)
		},
	}
}
