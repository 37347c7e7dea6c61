package debian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// Write makes a file that only the user of the root (and the host's root) reads:
// configuration holds passwords.
func (r *Root) Write(user, path, content string) error {
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	u := r.Users[user]
	if err := errors.Join(os.Chmod(path, 0o600), os.Chown(path, u.UID, u.GID)); err != nil {
		return fmt.Errorf("give %s to %s: %w", path, user, err)
	}
	return nil
}

// Folder makes a folder that belongs to the user of the root.
func (r *Root) Folder(user, path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	u := r.Users[user]
	if err := os.Chown(path, u.UID, u.GID); err != nil {
		return fmt.Errorf("give %s to %s: %w", path, user, err)
	}
	return nil
}

// CopyTree copies with owners and times. Where the file system can share blocks
// it does, and with links it shares whole files: only for files never rewritten.
func CopyTree(ctx context.Context, from, to string, links bool) error {
	mode := "--reflink=auto"
	if links {
		mode = "--link"
	}
	out, err := exec.CommandContext(ctx, "cp", "-a", mode, from, to).CombinedOutput()
	if err != nil && links {
		// Hard links end at the border of a file system: copy then.
		return errors.Join(os.RemoveAll(to), CopyTree(ctx, from, to, false))
	}
	if err != nil {
		return fmt.Errorf("copy %s: %w: %s", from, err, LastLines(string(out), 3))
	}
	return nil
}
