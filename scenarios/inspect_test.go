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
		`export const options = { vsu: 1, duration: '2s' }; export default function () {}`:  "options.vsu: k6 does not know this field and ignores it",
		`export const options = { vus: 1, duration: '40s' }; export default function () {}`: "lasts 40s and its entry of the experiment 2s",
		`export const options = { scenarios: { late: { executor: 'constant-vus', vus: 1, duration: '2s', startTime: '9s' } } };
export default function () {}`: "scenario late of the script lasts 11s",
		`export const options = { scenarios: { shop: { executor: 'open-arrival', rate: 1, duration: '1s', tags: { tenant: 't9' } } } };
export default function () {}`: `has the tag tenant: "t9"; the tenants of its entry are t1`,
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

// Scripts as k6 runs them, without our module: each has a length, and an expected number
// of iterations where k6 has one.
func TestInspectPlainScripts(t *testing.T) {
	dir := t.TempDir()
	for options, want := range map[string]struct {
		planned  int64
		duration time.Duration
	}{
		``:                                      {1, 10 * time.Second},
		`iterations: 5`:                         {5, 10 * time.Second},
		`vus: 3, iterations: 5`:                 {5, 10 * time.Second},
		`duration: '9s'`:                        {0, 10 * time.Second},
		`vus: 2, duration: '11s'`:               {0, 11 * time.Second},
		`stages: [{duration: '4s', target: 2}]`: {0, 10 * time.Second},
		`scenarios: { a: { executor: 'constant-arrival-rate', rate: 30, timeUnit: '1m', duration: '8s', preAllocatedVUs: 1 } }`: {
			4, 10 * time.Second},
		// 2/s to 4/s over 4 s, 4/s to 0 over 6 s: 12 + 12
		`scenarios: { a: { executor: 'ramping-arrival-rate', startRate: 2, preAllocatedVUs: 1,
			stages: [{duration: '4s', target: 4}, {duration: '6s', target: 0}] } }`: {24, 10 * time.Second},
		`scenarios: { a: { executor: 'per-vu-iterations', vus: 3, iterations: 4 } }`: {12, 10 * time.Second},
	} {
		path := dir + "/script.js"
		body := "export const options = { " + options + " }; export default function () {}"
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		s := spec(t, nil, path, "main")
		s.Duration = 10 * time.Second
		outline, err := Inspect(t.Context(), s)
		if err != nil {
			t.Errorf("%s: %v", options, err)
			continue
		}
		if len(outline.Planned) != 1 || outline.Planned[0].Planned != want.planned || outline.Duration != want.duration {
			t.Errorf("%s: %d arrivals over %s, want %d over %s", options, outline.Planned[0].Planned, outline.Duration, want.planned, want.duration)
		}
	}
}

// The load of a script belongs to a tenant: one of several has to be named.
func TestInspectWantsATenant(t *testing.T) {
	path := t.TempDir() + "/script.js"
	if err := os.WriteFile(path, []byte("export const options = { iterations: 5 }; export default function () {}"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Inspect(t.Context(), spec(t, nil, path, "t1", "t2"))
	if err == nil || !strings.Contains(err.Error(), "scenario default of the script has no tenant, and its entry has t1, t2; "+
		"name the scenario t1_default") {
		t.Errorf("got %v", err)
	}
}

// A load with more arrivals than can be counted is refused at once, with what to write instead.
func TestInspectRefusesEndlessLoads(t *testing.T) {
	t.Parallel()
	s := spec(t, nil, script("dispatch-cutoff"), "t1")
	s.Duration, s.Scale = 100*time.Second, 1e9
	if _, err := Inspect(t.Context(), s); err == nil || !strings.Contains(err.Error(), "at most 500 million are possible; write a smaller scale") {
		t.Errorf("got %v", err)
	}
}
