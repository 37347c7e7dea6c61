package remote

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"example.org/odooharness/scenarios"
	"example.org/odooharness/scenarios/wire"
)

// packed is a script as it was packed for a load. Its generators differ in their share alone.
type packed struct {
	of      [sha256.Size]byte // the spec
	archive []byte
}

// pack packs the script of a load, once for all its generators.
func (c *Coordinator) pack(ctx context.Context, spec scenarios.Spec) ([]byte, error) {
	whole := spec
	whole.Share = wire.Share{}
	raw, err := json.Marshal(whole)
	if err != nil {
		return nil, err
	}
	of := sha256.Sum256(raw)
	c.mu.Lock()
	known := c.packed[spec.Name]
	c.mu.Unlock()
	if known.of == of {
		return known.archive, nil
	}
	archive, err := c.config.Archive(ctx, spec)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.packed[spec.Name] = packed{of, archive}
	return archive, nil
}

// filesOf reads the files that a spec names, but the script.
func filesOf(spec scenarios.Spec) (map[string][]byte, error) {
	files := map[string][]byte{}
	paths := []string{spec.Documents}
	for _, t := range spec.Tenants {
		paths = append(paths, t.CAFile)
	}
	for _, path := range paths {
		if path == "" || files[path] != nil {
			continue
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files[path] = raw
	}
	return files, nil
}

// unpack writes the files of a load to a folder, and returns its spec with their paths here.
func unpack(dir, out string, with start) (scenarios.Spec, error) {
	spec := with.Spec
	spec.Out, spec.Held = out, true
	if err := os.MkdirAll(out, 0o755); err != nil {
		return spec, err
	}
	spec.Script = filepath.Join(dir, "script.tar")
	if err := os.WriteFile(spec.Script, with.Archive, 0o600); err != nil {
		return spec, err
	}
	here := map[string]string{"": ""}
	for path, raw := range with.Files {
		here[path] = filepath.Join(dir, fmt.Sprintf("file-%d", len(here)))
		if err := os.WriteFile(here[path], raw, 0o600); err != nil {
			return spec, err
		}
	}
	spec.Documents = here[spec.Documents]
	for i, t := range spec.Tenants {
		spec.Tenants[i].CAFile = here[t.CAFile]
	}
	return spec, nil
}
