package spec

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
)

func replicated(t *testing.T, replicates string, roles string) (*Experiment, error) {
	t.Helper()
	return Load(write(t, map[string]string{
		"experiment.yaml": `name: peak
hypothesis: it holds
setups: [setup.yaml]
scenarios: [{name: d, script: d.js, duration: 1m}]
tenants: ` + roles + `
replicates: ` + replicates + "\n",
		"setup.yaml": goodSetup, "d.js": "",
	}), manifest.Parse)
}

func TestReplicates(t *testing.T) {
	noisy := "{t1: abiding, t2: disruptive}"
	for text, want := range map[string]struct {
		most     int
		stopping *results.Stopping
	}{
		"3":                            {3, nil},
		"{atMost: 10, until: decided}": {10, &results.Stopping{AtLeast: 1, AtMost: 10, Alpha: 0.05}},
		"{atMost: 4, atLeast: 2, until: decided}": {4, &results.Stopping{AtLeast: 2, AtMost: 4, Alpha: 0.05}},
		"{until: decided, atMost: 4, atLeast: 4}": {4, &results.Stopping{AtLeast: 4, AtMost: 4, Alpha: 0.05}},
	} {
		e, err := replicated(t, text, noisy)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if e.Replicates != want.most {
			t.Errorf("%s: at most %d replicates, want %d", text, e.Replicates, want.most)
		}
		if diff := cmp.Diff(want.stopping, e.DescribeStopping()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

func TestReplicatesAreChecked(t *testing.T) {
	noisy := "{t1: abiding, t2: disruptive}"
	for text, want := range map[string]string{
		"0":                                     "experiment.yaml:6: replicates: ",
		"two":                                   "experiment.yaml:6: replicates: ",
		"2.5":                                   "experiment.yaml:6: replicates: ",
		"{until: decided}":                      "experiment.yaml:6: replicates: missing atMost; add atMost",
		"{atMost: 10}":                          "experiment.yaml:6: replicates: missing until; add until",
		"{atMost: 1, until: decided}":           "experiment.yaml:6: replicates.atMost: ",
		"{atMost: 10, until: done}":             "experiment.yaml:6: replicates.until: done is not one of decided",
		"{atMost: 10, until: decided, most: 3}": "experiment.yaml:6: replicates.most: unknown field most",
		"{atMost: 3, atLeast: 4, until: decided}": "experiment.yaml:6: replicates.atLeast: 4 is more than atMost: 3; write a smaller number, or leave it out",
	} {
		_, err := replicated(t, text, noisy)
		var problems file.Problems
		if !errors.As(err, &problems) || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	_, err := replicated(t, "{atMost: 3, until: decided}", "{t1: abiding, t2: abiding}")
	want := "experiment.yaml:6: replicates.until: nothing is to be decided: there is no disruptive tenant, no second setup and no objective"
	if !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}
