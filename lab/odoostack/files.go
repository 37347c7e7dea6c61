package odoostack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"example.org/odooharness/lab/odoostack/addons"
)

// write makes a file that only the user of the root (and the host's root) reads:
// configuration holds passwords.
func (r *Root) write(user, path, content string) error {
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return fmt.Errorf("writing configuration: %w", err)
	}
	u := r.Users[user]
	if err := errors.Join(os.Chmod(path, 0o600), os.Chown(path, u.UID, u.GID)); err != nil {
		return fmt.Errorf("giving %s to %s: %w", path, user, err)
	}
	return nil
}

// folder makes a folder that belongs to the user of the root.
func (r *Root) folder(user, path string) error {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	u := r.Users[user]
	if err := os.Chown(path, u.UID, u.GID); err != nil {
		return fmt.Errorf("giving %s to %s: %w", path, user, err)
	}
	return nil
}

// writeAddons lays our addons out for an Odoo to load.
func (r *Root) writeAddons(dir string) error {
	return fs.WalkDir(addons.Tree(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(dir, path)
		if d.IsDir() {
			if d.Name() == "__pycache__" {
				return fs.SkipDir
			}
			return r.folder("odoo", target)
		}
		raw, err := fs.ReadFile(addons.Tree(), path)
		if err != nil {
			return err
		}
		return r.write("odoo", target, string(raw))
	})
}

// addonDigest changes when a line of the addon does.
func addonDigest(addon string) (string, error) {
	var all []string
	err := fs.WalkDir(addons.Tree(), addon, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "__pycache__") {
			return err
		}
		raw, err := fs.ReadFile(addons.Tree(), path)
		all = append(all, path, string(raw))
		return err
	})
	return shortDigest(all...), err
}

// copyTree copies with owners and times. Where the file system can share blocks
// it does, and with links it shares whole files: only for files never rewritten.
func copyTree(ctx context.Context, from, to string, links bool) error {
	mode := "--reflink=auto"
	if links {
		mode = "--link"
	}
	out, err := exec.CommandContext(ctx, "cp", "-a", mode, from, to).CombinedOutput()
	if err != nil && links {
		// Hard links end at the border of a file system: copy then.
		return errors.Join(os.RemoveAll(to), copyTree(ctx, from, to, false))
	}
	if err != nil {
		return fmt.Errorf("copying %s: %w: %s", from, err, lastLines(string(out), 3))
	}
	return nil
}
