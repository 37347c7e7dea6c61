package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Load reads the status of a lab that is up.
func Load(dir, name string) (*Status, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	status, err := readJSON[Status](StatusFile(dir, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w; harness lab up --setup %s", name, ErrNotUp, name)
	}
	if err != nil {
		return nil, err
	}
	record, err := ReadRecord(filepath.Join(dir, name))
	if err != nil || !alive(record.Supervisor) {
		return nil, fmt.Errorf("%s: %w: its supervisor has ended; harness doctor --sweep removes the rest", name, ErrNotUp)
	}
	return &status, nil
}

// List returns the labs that are up.
func List(dir string) ([]Status, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list labs: %w", err)
	}
	var labs []Status
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		status, err := Load(dir, e.Name())
		if errors.Is(err, ErrNotUp) {
			continue
		}
		if err != nil {
			return labs, err
		}
		labs = append(labs, *status)
	}
	return labs, nil
}
