package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Forget removes the logs that a lab left when it was taken down. A lab that is up
// is refused.
func Forget(dir, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	state := filepath.Join(dir, name)
	if _, err := ReadRecord(state); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget lab %s: it is up, or was never swept: %w", name, err)
	}
	if err := os.RemoveAll(state); err != nil {
		return fmt.Errorf("forget lab %s: %w", name, err)
	}
	if err := os.Remove(state + ".lock"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget lab %s: %w", name, err)
	}
	return nil
}
