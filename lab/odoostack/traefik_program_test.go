package odoostack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTraefikVersion(t *testing.T) {
	for printed, want := range map[string]string{
		"Version:      3.6.12\nCodename:     cheddar\n": "3.6.12",
		"Version:      v3.5.0\n":                        "3.5.0",
		"Version:      dev\n":                           "dev",
		"Version:      2.11.0\n":                        "error: is version 2.11.0: the lab writes the configuration of version 3",
		"traffic 1\n":                                   "error: does not print its version: it is no Traefik",
	} {
		got, err := traefikVersion(printed)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", printed, got, want)
		}
	}
}

// A program that cannot be used is named with what to do.
func TestFindTraefik(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	find := func() string {
		found, err := FindTraefik(t.Context(), filepath.Join(t.TempDir(), "harness"))
		if err != nil {
			return err.Error()
		}
		return found.Version
	}
	if got := find(); !strings.Contains(got, "make traefik builds one, or put one of version 3 into PATH") {
		t.Error(got)
	}
	path := filepath.Join(dir, "traefik")
	for _, c := range []struct {
		script string
		mode   os.FileMode
		want   string
	}{
		{"#!/bin/sh\necho Version: 3.9.1\n", 0o755, "3.9.1"},
		{"#!/bin/sh\necho Version: 3.9.1\n", 0o700, "ingress traefik: only its owner may run " + path + ", and the lab runs it as www-data: chmod 755 " + path},
		{"#!/bin/sh\necho Version: 1.7.34\n", 0o755, "ingress traefik: " + path + ": is version 1.7.34: the lab writes the configuration of version 3"},
	} {
		if err := os.WriteFile(path, []byte(c.script), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		if got := find(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
