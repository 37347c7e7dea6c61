package spec

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/experiment/file"
)

// alternating is the text of examples/first-look.yaml with paths that hold anywhere.
func alternating(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../examples/first-look.yaml")
	if err != nil {
		t.Fatal(err)
	}
	examples, err := filepath.Abs("../../examples")
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Dir(examples)
	return strings.NewReplacer("- setups/", "- "+examples+"/setups/", "[objectives/", "["+examples+"/objectives/",
		"../scenarios", root+"/scenarios", "../chaos", root+"/chaos").Replace(string(text))
}

func loadText(t *testing.T, text string) (*Experiment, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "e.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path, manifest.Parse)
}

// Eight blocks are OFF ON ON OFF OFF ON ON OFF: two bursts, each of two blocks.
func TestBlocks(t *testing.T) {
	e, err := loadText(t, alternating(t))
	if err != nil {
		t.Fatal(err)
	}
	type burst struct {
		name        string
		from, until time.Duration
	}
	var got []burst
	for _, s := range e.Scenarios {
		if e.OnlyDisruptive(s.Tenants) {
			got = append(got, burst{s.Name, s.Start.Offset, s.Start.Offset + s.Duration})
		}
	}
	const s = time.Second
	want := []burst{{"neighbour-1", 9 * s, 19 * s}, {"neighbour-2", 29 * s, 39 * s}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(burst{})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&Blocks{Scenario: "neighbour", Number: 8, Length: 5 * s, Washout: 2 * s,
		Copies: []string{"neighbour-1", "neighbour-2"}}, e.Blocks); diff != "" {
		t.Error(diff)
	}
}

func TestBlocksAreChecked(t *testing.T) {
	const field = "neighbour: {blocks: 8}"
	sound := alternating(t)
	for name, c := range map[string]struct{ from, to, want string }{
		"an odd number":     {field, "neighbour: {blocks: 7}", "neighbour.blocks"},
		"no such scenario":  {field, "neighbour: {blocks: 8, scenario: noise}", "there is no scenario noise"},
		"of abiding ones":   {field, "neighbour: {blocks: 8, scenario: dispatch}", "abiding tenants offer dispatch, too"},
		"too many blocks":   {field, "neighbour: {blocks: 24}", "leaves less than half"},
		"a longer wash-out": {field, "neighbour: {blocks: 8, washout: 3s}", "leaves less than half"},
		"with a ladder":     {field, field + "\nladder: {scenario: dispatch, scales: [1, 2]}", "write one of them in an experiment"},
		"in the warm-up":    {"warmup: 3s", "warmup: 6s", "within the warm-up of 6s"},
		"nobody disrupts":   {"tenants: disruptive", "tenants: all", "no scenario is offered by disruptive tenants alone"},
	} {
		text := strings.Replace(sound, c.from, c.to, 1)
		if text == sound {
			t.Fatalf("%s: the example has no %q", name, c.from)
		}
		var problems file.Problems
		if _, err := loadText(t, text); !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}
