package scenarios

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Archive packs a script with all that it imports and opens, in k6's own form, so that
// another host can run it. The archive has the options that the script computes for the
// spec, and no variables of the environment. Credentials are not needed.
func Archive(ctx context.Context, spec Spec) (archive []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, inspectLimit)
	defer cancel()
	dir, err := os.MkdirTemp("", "harness-archive-")
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", spec.Script, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "script.tar")
	if _, _, err := query(ctx, withoutCredentials(spec), "archive", "--include-system-env-vars", "--exclude-env-vars", "--no-color",
		"--archive-out", path, spec.Script); err != nil {
		return nil, err
	}
	if archive, err = os.ReadFile(path); err != nil {
		return nil, fmt.Errorf("pack %s: %w", spec.Script, err)
	}
	return archive, nil
}
