package odoostack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Traefik is a program that was found.
type Traefik struct {
	Path    string
	Version string
}

// FindTraefik finds the program next to the one at executable, where make traefik puts it,
// else in PATH. The error states how to get one.
func FindTraefik(ctx context.Context, executable string) (*Traefik, error) {
	path := filepath.Join(filepath.Dir(executable), "traefik")
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		if path, err = exec.LookPath("traefik"); err != nil {
			return nil, errors.New("ingress traefik: there is no program traefik next to the harness or in PATH; " +
				"make traefik builds one, or put one of version 3 into PATH")
		}
	}
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("ingress traefik: %w", err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("ingress traefik: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("ingress traefik: %w", err)
	}
	if info.Mode()&0o001 == 0 {
		return nil, fmt.Errorf("ingress traefik: only its owner may run %s, and the lab runs it as www-data: chmod 755 %s", path, path)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "version").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("ingress traefik: %s version: %w", path, err)
	}
	version, err := traefikVersion(string(out))
	if err != nil {
		return nil, fmt.Errorf("ingress traefik: %s: %w", path, err)
	}
	return &Traefik{Path: path, Version: version}, nil
}

// traefikVersion reads what `traefik version` prints. One built without a version calls
// itself dev.
func traefikVersion(printed string) (string, error) {
	for line := range strings.Lines(printed) {
		if version, ok := strings.CutPrefix(line, "Version:"); ok {
			version = strings.TrimPrefix(strings.TrimSpace(version), "v")
			if version != "dev" && !strings.HasPrefix(version, "3.") {
				return "", fmt.Errorf("is version %s: the lab writes the configuration of version 3", version)
			}
			return version, nil
		}
	}
	return "", errors.New("does not print its version: it is no Traefik")
}
