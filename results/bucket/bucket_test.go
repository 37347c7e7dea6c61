package bucket

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/testing/objectstore"
	"example.org/odooharness/results"
)

// open connects to a store that has the bucket.
func open(t *testing.T, name string) *Store {
	t.Helper()
	place, err := Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	objectstore.Start(t, place.Bucket)
	s, err := Open(place)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// made is a run on disk with a trial and a report.
func made(t *testing.T, started time.Time) string {
	t.Helper()
	w, err := results.Create(t.TempDir(), results.Manifest{Experiment: "cutoff", Started: started, Seed: 7}, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteFile("report.html", []byte("<p>it holds</p>")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.CreateTrial(results.Trial{Name: "01-here", Setup: "here", Position: 1}); err != nil {
		t.Fatal(err)
	}
	return w.Dir
}

// files reads a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		relative, _ := filepath.Rel(dir, path)
		all[relative] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A run comes back as it went, by its name and as the latest; and it opens.
func TestRunGoesAndComes(t *testing.T) {
	s := open(t, "s3://runs/team/a/")
	if err := s.Reachable(t.Context()); err != nil {
		t.Fatal(err)
	}
	older := made(t, time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	newer := made(t, time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC))
	for dir, want := range map[string]string{
		older: "s3://runs/team/a/cutoff/20261123T080000Z-7", newer: "s3://runs/team/a/cutoff/20261124T080000Z-7",
	} {
		at, err := s.Upload(t.Context(), dir)
		if err != nil || !strings.HasPrefix(at.String(), want+"-") { // and letters that are each run's own
			t.Fatalf("went to %s, %v; want %s-...", at, err, want)
		}
	}
	if _, err := s.Upload(t.Context(), newer); err != nil { // a second time, and last
		t.Fatal(err)
	}
	for name, want := range map[string]string{"latest": newer, filepath.Base(older): older} {
		got := fetch(t, "s3://runs/team/a/cutoff/"+name)
		if diff := cmp.Diff(files(t, want), files(t, got)); diff != "" {
			t.Errorf("%s (-sent +fetched):\n%s", name, diff)
		}
		if filepath.Base(got) != filepath.Base(want) || filepath.Base(filepath.Dir(got)) != "cutoff" {
			t.Errorf("fetched to %s", got)
		}
		run, err := results.Open(got)
		if err != nil || len(run.Trials) != 1 || run.Manifest.Seed != 7 {
			t.Errorf("opened %+v, %v", run, err)
		}
	}
}

func fetch(t *testing.T, from string) string {
	t.Helper()
	place, err := Parse(from)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(place)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := s.Fetch(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// An upload that was cut off leaves no run; a fetch returns ErrNoRun.
func TestHalfARunIsNone(t *testing.T) {
	s := open(t, "s3://half")
	dir := made(t, time.Now())
	if err := os.Remove(filepath.Join(dir, manifest)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Upload(t.Context(), dir); err == nil {
		t.Error("a run without manifest was uploaded")
	}
	for _, name := range []string{"cutoff/" + filepath.Base(dir), "cutoff/latest", "none"} {
		gone := *s
		gone.Prefix = name
		if got, err := gone.Fetch(t.Context(), t.TempDir()); !errors.Is(err, ErrNoRun) {
			t.Errorf("%s: fetched %q, %v", name, got, err)
		}
	}
}

func TestUnreachable(t *testing.T) {
	s := open(t, "s3://there")
	other := *s
	other.Bucket = "not-there"
	if err := other.Reachable(t.Context()); err == nil {
		t.Error("a bucket that is not there can be written to")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Reachable(ctx); err == nil {
		t.Error("no time, and yet reachable")
	}
}

func TestPlaces(t *testing.T) {
	for text, want := range map[string]Place{
		"s3://b": {"b", ""}, "s3://b/": {"b", ""}, "s3://b/a/c/": {"b", "a/c"},
	} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "s3://", "s3:///a", "results/runs", "gs://b"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%s: %+v", text, got)
		}
	}
}

func TestCredentialsComeFromTheEnvironment(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"} {
		t.Setenv(name, "")
	}
	if _, err := Open(Place{Bucket: "b"}); err == nil {
		t.Error("opened without credentials")
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "me")
	t.Setenv("AWS_ENDPOINT_URL", "store:9000")
	if _, err := Open(Place{Bucket: "b"}); err == nil {
		t.Error("opened at an endpoint without scheme")
	}
}
