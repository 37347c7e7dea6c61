package target

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/lab"
)

// ErrInUse is returned for a setup that another run on this machine uses.
var ErrInUse = errors.New("another run uses it")

// Lock takes every tenant of a setup for a run, among the runs of this user on this
// machine. Two setup files may name the same tenants. A lab is a run's own. The locks are files that the kernel
// unlocks when the process ends. Runs on other machines meet in PostgreSQL: its claim.
func Lock(s spec.Setup) (unlock func() error, err error) {
	if s.Lab != nil {
		return func() error { return nil }, nil
	}
	folder, err := locksFolder()
	if err != nil {
		return nil, fmt.Errorf("lock setup %s: %w", s.Name, err)
	}
	var held []*os.File
	unlock = func() error {
		var problems []error
		for _, file := range held {
			problems = append(problems, file.Close())
		}
		held = nil
		return errors.Join(problems...)
	}
	keys := map[string]string{} // tenants by key: several may share a database
	for _, t := range s.Tenants {
		keys[tenantKey(t)] = t.Name
	}
	for key, tenant := range keys {
		file, err := lockFile(filepath.Join(folder, key+".lock"), s.Run)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("setup %s, tenant %s: %w", s.Name, tenant, err), unlock())
		}
		held = append(held, file)
	}
	return unlock, nil
}

// locksFolder is next to the state of labs. A container may have no writable home; its
// temporary folder is its own, too.
func locksFolder() (string, error) {
	folder := filepath.Join(filepath.Dir(lab.DefaultDir()), "locks")
	if err := os.MkdirAll(folder, 0o700); err == nil {
		return folder, nil
	}
	folder = filepath.Join(os.TempDir(), fmt.Sprintf("odoo-harness-locks-%d", os.Getuid()))
	return folder, os.MkdirAll(folder, 0o700)
}

// tenantKey is the same for two entries that are one tenant.
func tenantKey(t spec.TenantAccess) string {
	address := strings.ToLower(strings.TrimRight(secret.Where(t.URL), "/"))
	sum := sha256.Sum256([]byte(strings.Join([]string{address, t.Host, t.Database}, "\n")))
	return hex.EncodeToString(sum[:8])
}

// lockFile locks a file and writes who has it. The file stays: removing it would let two
// processes lock two files of one name.
func lockFile(path, run string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		who, _ := os.ReadFile(path) // it explains, and may not be written yet
		return nil, errors.Join(fmt.Errorf("%w: %s; wait until it has ended", ErrInUse, strings.TrimSpace(string(who))), file.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock: %w", err), file.Close())
	}
	who := fmt.Sprintf("%s, process %d since %s\n", run, os.Getpid(), time.Now().Format(time.TimeOnly))
	if err := errors.Join(file.Truncate(0), writeAt(file, who)); err != nil {
		return nil, errors.Join(fmt.Errorf("write who has the lock: %w", err), file.Close())
	}
	return file, nil
}

func writeAt(file *os.File, text string) error {
	_, err := file.WriteAt([]byte(text), 0)
	return err
}
