package campaign_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/experiment"
	"example.org/odooharness/internal/cli/campaign"
	"example.org/odooharness/internal/testing/reexec"
)

func TestMain(m *testing.M) { reexec.Main(m) }

// load loads a campaign of testdata.
func load(t *testing.T, name string) (*campaign.Campaign, error) {
	t.Helper()
	out := t.TempDir()
	return campaign.Load(t.Context(), filepath.Join("testdata", name), campaign.Folders{Runs: filepath.Join(out, "runs"),
		Out: filepath.Join(out, "campaigns")})
}

// All problems of a campaign and its files are reported at once, each with its line.
func TestLoadReportsAll(t *testing.T) {
	for name, want := range map[string][]string{
		"names.yaml": {
			"names.yaml:4: moments.1.name: at is there twice; give each moment a name of its own",
			"names.yaml:6: faults.0: a fault needs a manifest or a catalogue entry, not both; " +
				"write manifest: with a file, or catalogue: redis-failure",
			"names.yaml:7: faults.1.name: redis-down is there twice; give each fault a name of its own",
			"names.yaml:7: faults.1.moments.0: there is no moment later; add it to moments:, or correct the name",
			"disturbed.yaml:8: faults: a campaign adds one fault to its template, and this has faults; remove it from the template",
			"names.yaml:3: setups.1: a second setup is named short; give each setup a name of its own",
			"none.yaml: cannot be read: no such file or directory; check the path",
		},
		"doses.yaml": {
			"doses.yaml:8: doses.0.fault: there is no fault lightning; write the name of one under faults:",
			"doses.yaml:8: doses.0.moment: there is no moment noon; write the name of one under moments:",
			"doses.yaml:8: doses.0.between: the first length is not below the second; write the shorter one first",
			"doses.yaml:9: doses.1.journey: no abiding tenant offers lunch; the template has orders, shipping, tracking",
			"doses.yaml:10: doses.2.setup: there is no setup cloud; write the name of one of the setups",
			"doses.yaml:11: doses.3: at on short: ",
		},
		"unworst.yaml": {
			"unworst.yaml:7: worst.0.fault: there is no fault lightning; write the name of one under faults:",
			"unworst.yaml:7: worst.0.journey: no abiding tenant offers lunch; the template has orders, shipping, tracking",
			"unworst.yaml:7: worst.0.setup: there is no setup cloud; write the name of one of the setups",
			"unworst.yaml:7: worst.0.to: it counts from another landmark than from:; " +
				"write both with one landmark, such as cutoff-20s and cutoff+5s",
			"unworst.yaml:8: worst.1.step: there is one moment only between from: and to:; write a shorter step",
			"unworst.yaml:8: worst.1.refine: it is longer than half a step; write half a step or less",
			"unworst.yaml:9: worst.2.step: these are more than 40 moments; write a longer step",
			"unworst.yaml:10: worst.3: no share below 1 is expected of shipping; " +
				"add expect: {served: 0.95, within: 3s} to the campaign, the fault or the cell",
		},
		"late.yaml": {"late.yaml:8: worst.0: cutoff+1m0s on short: "},
		"unheld.yaml": {
			"unheld.yaml:7: capacity.experiment: it needs a ladder, and no fault, drill or remedy; " +
				"write an experiment such as examples/capacity.yaml",
		},
		"held-setups.yaml": {
			"held-setups.yaml:7: capacity.setups.1: a second setup is named short; give each setup a name of its own",
			"none.yaml: cannot be read: no such file or directory; check the path",
		},
		"cells.yaml": {
			"cells.yaml:7: faults.1: late on short: ",
			"cells.yaml:8: faults.2.catalogue: the catalogue has no lightning; docs/faults.md lists the catalogue",
			"cells.yaml:9: faults.3: nothing is expected of shipping at at on short; " +
				"add expect: {served: 0.95, within: 3s, recovery: 10s} to the campaign, the fault or the cell",
			"cells.yaml:3: journeys.1: no abiding tenant offers lunch; the template has orders, shipping, tracking",
		},
	} {
		_, err := load(t, name)
		if err == nil {
			t.Fatalf("%s has no problem", name)
		}
		got := strings.Split(strings.ReplaceAll(err.Error(), "testdata"+string(filepath.Separator), ""), "\n")
		if len(got) != len(want) {
			t.Errorf("%s: %d problems, want %d:\n%s", name, len(got), len(want), strings.Join(got, "\n"))
			continue
		}
		for i := range want {
			if !strings.HasPrefix(got[i], want[i]) {
				t.Errorf("%s:\n got %s\nwant %s", name, got[i], want[i])
			}
		}
	}
}

// Each fault, moment and setup is an experiment of its own, and each journey a cell with its
// expectation.
func TestLoad(t *testing.T) {
	c, err := load(t, "good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Name, At string
		Expected time.Duration
		Wanted   []matrix.Wanted
	}
	var got []row
	for _, e := range c.Experiments {
		got = append(got, row{e.Name, e.At, e.Expected, e.Wanted})
	}
	want := []row{
		{"hour--redis-down--short--before", "cutoff-4s", 15 * time.Second, []matrix.Wanted{
			{Journey: "orders", Expect: matrix.Expect{Served: 0.9, Within: 5}}, {Journey: "shipping",
				Expect: matrix.Expect{Served: 0.9, Within: 5}}}},
		{"hour--redis-down--short--at", "cutoff", 15 * time.Second, []matrix.Wanted{
			{Journey: "orders", Expect: matrix.Expect{Served: 0.9, Within: 3}}, {Journey: "shipping",
				Expect: matrix.Expect{Served: 0.9, Within: 3}}}},
		{"hour--ingress-down--short--at", "cutoff", 15 * time.Second, []matrix.Wanted{
			{Journey: "orders", Expect: matrix.Expect{Served: 0.5, Within: 3, Recovery: 9}},
			{Journey: "shipping", Expect: matrix.Expect{Served: 0.9, Within: 3, Recovery: 9}}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.MaxAge != 720*time.Hour {
		t.Errorf("evidence counts for %s", c.MaxAge)
	}
	alone, err := experiment.Load(c.Experiments[0].File)
	if err != nil {
		t.Fatal(err)
	}
	if len(alone.Faults) != 1 || alone.Faults[0].Name != "redis-down" || alone.Faults[0].For != time.Second || alone.Seed != 3 {
		t.Errorf("the experiment of a cell: %+v", alone)
	}
}

// Each moment of a grid is an experiment of its own. That of a cell at the same moment is shared, and
// what is expected of the cell alone does not count.
func TestLoadWorst(t *testing.T) {
	c, err := load(t, "worst.yaml")
	if err != nil {
		t.Fatal(err)
	}
	type row struct{ Name, At string }
	var got []row
	for _, e := range c.Moments() {
		got = append(got, row{e.Name, e.At})
		if diff := cmp.Diff([]matrix.Wanted{{Journey: "shipping", Expect: matrix.Expect{Served: 0.9, Within: 5}}}, e.Wanted); diff != "" {
			t.Errorf("%s (-want +got):\n%s", e.Name, diff)
		}
	}
	want := []row{{"hour--redis-down--short--moment--4000ms-before-cutoff", "cutoff-4s"},
		{"hour--redis-down--short--moment--2000ms-before-cutoff", "cutoff-2s"}, {"hour--redis-down--short--at", "cutoff"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(c.Experiments[0].Inputs, c.Moments()[2].Inputs); diff != "" {
		t.Errorf("the inputs of the cell and of the moment (-cell +moment):\n%s", diff)
	}
	alone, err := experiment.Load(c.Moments()[0].File)
	if err != nil || len(alone.Faults) != 1 || alone.Faults[0].At.String() != "cutoff-4s" || alone.Faults[0].For != time.Second {
		t.Errorf("the experiment of a moment: %+v, %v", alone, err)
	}
}

// Two campaigns write the same experiment for the same cell, so that one takes over what the
// other has measured. A change of an expectation changes no experiment.
func TestExperimentsAreShared(t *testing.T) {
	c, err := load(t, "good.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("testdata", "good.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	template, err := filepath.Abs(filepath.Join("testdata", "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.NewReplacer("name: good", "name: other", "served: 0.9", "served: 0.8",
		"experiment: template.yaml", "experiment: "+template).Replace(string(text))
	other := filepath.Join(t.TempDir(), "other.yaml")
	if err := os.WriteFile(other, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	again, err := campaign.Load(t.Context(), other, campaign.Folders{Runs: c.Runs, Out: filepath.Dir(c.Dir)})
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range c.Experiments {
		for k, in := range e.Inputs {
			if in.SHA256 != again.Experiments[i].Inputs[k].SHA256 {
				t.Errorf("%s: %s differs", e.Name, filepath.Base(in.Path))
			}
		}
	}
}

// The ladder with the fault held is planned by harness run, like any other experiment.
func TestLoadHeld(t *testing.T) {
	c, err := load(t, "held.yaml")
	if err != nil {
		t.Fatal(err)
	}
	alone, err := experiment.Load(filepath.Join(c.Dir, "cells", "ladder--postgres-slow--short--held.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	planned, err := experiment.Plan(t.Context(), alone)
	if err != nil {
		t.Fatal(err)
	}
	fault := planned.Trials[0].Faults[0]
	if fault.At != 3*time.Second || fault.At+fault.For+time.Second != planned.Trials[0].Length {
		t.Errorf("held from %s for %s of %s", fault.At, fault.For, planned.Trials[0].Length)
	}
	without, err := experiment.Load(filepath.Join(c.Dir, "cells", "ladder--none--short.yaml"))
	if err != nil || len(without.Faults) != 0 {
		t.Errorf("without a fault: %+v, %v", without, err)
	}
}
