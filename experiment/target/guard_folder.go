package target

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"example.org/odooharness/chaos/local/proc"
	"example.org/odooharness/lab"
)

// folderPrefix begins the name of a guard's folder for its socket. The number and the
// start of the harness follow, so that anyone can see whether it is still in use.
const folderPrefix = "harness-guard-"

// makeFolder makes the folder of a guard of this process.
func makeFolder() (string, error) {
	self, err := proc.Read(os.Getpid())
	if err != nil {
		return "", err
	}
	return os.MkdirTemp("", fmt.Sprintf("%s%d-%d-*", folderPrefix, self.PID, self.Start))
}

// removeFolder removes the folder of a guard, and no other.
func removeFolder(dir string) error {
	if !strings.HasPrefix(filepath.Base(dir), folderPrefix) {
		return nil
	}
	return os.RemoveAll(dir)
}

// leftFolders lists the folders of guards whose harness has ended.
func leftFolders() ([]string, error) {
	all, err := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*"))
	if err != nil {
		return nil, fmt.Errorf("list folders of guards: %w", err)
	}
	var left []string
	for _, dir := range all {
		fields := strings.Split(strings.TrimPrefix(filepath.Base(dir), folderPrefix), "-")
		if len(fields) != 3 {
			continue
		}
		pid, err1 := strconv.Atoi(fields[0])
		start, err2 := strconv.ParseUint(fields[1], 10, 64)
		if err1 == nil && err2 == nil && !(proc.Process{PID: pid, Start: start}).Alive() {
			left = append(left, dir)
		}
	}
	return left, nil
}

// sweepFolders removes them. Those of other users stay.
func sweepFolders() (removed []string, err error) {
	left, err := leftFolders()
	problems := []error{err}
	for _, dir := range left {
		err := os.RemoveAll(dir)
		if err == nil {
			removed = append(removed, dir)
		}
		problems = append(problems, err)
	}
	return removed, errors.Join(problems...)
}

// FaultNotes is the folder of notes about stopped processes, next to the state of labs.
func FaultNotes() string { return filepath.Join(filepath.Dir(lab.DefaultDir()), "faults") }
