package scenarios

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/scenarios/wire"
)

func TestInspectScripts(t *testing.T) {
	for name, want := range map[string]struct {
		journeys  string
		landmarks map[string]time.Duration
	}{
		"dispatch-cutoff": {"orders shipping tracking", map[string]time.Duration{"cutoff": 80 * time.Second}},
		"month-end": {"enquiries invoicing payments reports",
			map[string]time.Duration{"batch-start": 10 * time.Second, "batch-end": 90 * time.Second}},
		"noisy-neighbour": {"imports integration reportstorm", nil},
	} {
		s := spec(t, nil, script(name), "t1", "t2")
		s.Duration, s.Scale = 100*time.Second, 10
		outline, err := Inspect(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if want.landmarks != nil {
			if diff := cmp.Diff(want.landmarks, outline.Landmarks); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		var journeys []string
		for _, load := range outline.Planned {
			if load.Tenant == "t1" {
				journeys = append(journeys, load.Journey)
			}
			if load.Planned < 10 {
				t.Errorf("%s: %d arrivals of %s %s", name, load.Planned, load.Tenant, load.Journey)
			}
		}
		if got := strings.Join(journeys, " "); got != want.journeys {
			t.Errorf("%s: journeys %q, want %q", name, got, want.journeys)
		}
		if outline.Duration != s.Duration {
			t.Errorf("%s: lasts %s, want %s", name, outline.Duration, s.Duration)
		}
		again, err := Inspect(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(outline, again); diff != "" {
			t.Errorf("%s: the same spec gives another outline: %s", name, diff)
		}
	}
}

// Expected shipments per tenant at scale 1 over 100 s, by hand: 0.15/s·40 s on the
// plateau, (0.15+0.3)/2·40 s on the rise, (0.3+0.045)/2·20 s on the fall, 18.45; the
// Poisson count lies within four standard deviations.
func TestDispatchNeedsWhatItShips(t *testing.T) {
	s := spec(t, nil, script("dispatch-cutoff"), "t1")
	s.Duration = 100 * time.Second
	outline, err := Inspect(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	var shipping int64
	for _, load := range outline.Planned {
		if load.Journey == "shipping" {
			shipping = load.Planned
		}
	}
	if shipping < 2 || shipping > 36 {
		t.Errorf("%d shipments, want about 18", shipping)
	}
	if got, want := outline.Count("t1", wire.Shipments), int(shipping)+3; got != want {
		t.Errorf("%d shipments to seed, want %d", got, want)
	}
}

func TestInspectSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	for body, want := range map[string]string{
		`import x from './missing.js'; export default function () {}`: "missing.js",
		`export const options = { scenarios: { a: { executor: 'open-arrival', rate: -1, duration: '1s', maxQueue: -2 } } };
export default function () {}`: "rate must be 0 or more",
		`export const options = { ext: { odoo: { seed: { unicorns: 1 }, landmarks: { a: -1 } } } }; export default function () {}`: "unicorns",
		`export const options = { scenarios: { a: { executor: 'open-arrival', rate: 1, duration: '1s', replay: 'nowhere.txt' } } };
export default function () {}`: "nowhere.txt",
	} {
		path := dir + "/script.js"
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Inspect(t.Context(), spec(t, nil, path, "t1"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error about %q, got %v", want, err)
		}
	}
}
