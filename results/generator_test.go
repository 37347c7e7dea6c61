package results

import "testing"

// The files of a generator are those of its scenario, whole and in parts.
func TestFilesOfGenerators(t *testing.T) {
	g := Generator{Scenario: "cut.off", Index: 2, Of: 3}
	if g.Name() != "cut.off 2 of 3" || g.File() != "cut.off.2of3" {
		t.Errorf("got %q and %q", g.Name(), g.File())
	}
	for _, path := range []string{
		"trial/samples-" + g.File() + ".parquet", "trial/samples-" + g.File() + "/0000.parquet",
		"trial/samples-cut.off.parquet", "trial/samples-cut.off/0001.parquet",
	} {
		if got := scenarioOf(path); got != "samples-cut.off." {
			t.Errorf("%s: got %s", path, got)
		}
	}
}
