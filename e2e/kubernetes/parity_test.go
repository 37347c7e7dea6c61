//go:build kubernetes

package kubernetes

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/results"
)

// parity fails when the two drivers had different kinds of effect on clients, and when the
// table of docs/kubernetes.md differs. With UPDATE set it writes the table.
func parity(t *testing.T, run *results.Run) {
	t.Helper()
	const doc, begin, end = "../../docs/kubernetes.md", "<!-- parity: made by make test-kubernetes UPDATE=1 -->\n", "<!-- end of parity -->"
	var table strings.Builder
	table.WriteString("\n| fault | kind | local: clients saw | Chaos Mesh: clients saw | the same kind of effect |\n|---|---|---|---|---|\n")
	saw := map[string]map[string]*felt{}
	for _, trial := range run.Trials {
		saw[trial.Setup] = feltIn(t, trial)
	}
	for _, in := range run.Trials[0].Injections {
		here, there := saw["here"][in.Fault], saw["on-cluster"][in.Fault]
		t.Logf("%s: here %s, on the cluster %s", in.Fault, here, there)
		same := "yes"
		if here.gravest() != there.gravest() {
			same = "no"
			t.Errorf("%s: on the local driver clients saw %s, on Chaos Mesh %s", in.Fault, here, there)
		}
		fmt.Fprintf(&table, "| %s | %s %s | %s | %s | %s |\n", in.Fault, in.Kind, in.Action, here.gravest(), there.gravest(), same)
	}
	raw, err := os.ReadFile(doc)
	rig.Must(t, err)
	before, rest, ok1 := strings.Cut(string(raw), begin)
	written, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has lost the marks of its table", doc)
	}
	made := table.String() + "\n"
	if os.Getenv("UPDATE") != "" {
		rig.Must(t, os.WriteFile(doc, []byte(before+begin+made+end+after), 0o644))
	} else if written != made {
		t.Errorf("%s has the table%sand the run made%smake test-kubernetes UPDATE=1 writes it", doc, written, made)
	}
}

// felt is what clients saw from the request of a fault until some time after its removal.
// The request counts, because the cluster may inject before the driver notices.
type felt struct {
	requests, failed, waited int // of those that were sent; waited: for more than a second
	lasted                   time.Duration
	median, before           time.Duration
	killed                   bool // a process was killed: the few requests under way fail
}

// gravest names the gravest kind of effect: failures of one request in fifty, or any after a
// kill; waits of one in ten, as a busy machine has a few stragglers itself; or that all were
// slower.
func (f *felt) gravest() string {
	const slower = 50 * time.Millisecond // a third of what ingress-slow adds
	switch {
	case f.failed > 0 && (f.killed || f.failed*50 >= f.requests):
		return "failures"
	case f.waited > 0 && f.waited*10 >= f.requests:
		return "waits over 1 s"
	case f.median > f.before+slower:
		return "all slower"
	}
	return "nothing"
}

func (f *felt) String() string {
	return fmt.Sprintf("%s (in %s %d of %d requests failed, %d waited, the median went from %s to %s)",
		f.gravest(), f.lasted, f.failed, f.requests, f.waited, f.before, f.median)
}

// feltIn reads what clients saw of each fault. The median is that of requests wholly
// within the fault, against those before the first.
func feltIn(t *testing.T, trial *results.TrialData) map[string]*felt {
	t.Helper()
	saw := map[string]*felt{}
	services := map[string][]time.Duration{}
	first := results.OffsetOf(time.Hour)
	for _, in := range trial.Injections {
		saw[in.Fault] = &felt{killed: in.Action == podKill}
		if in.Removed != nil {
			saw[in.Fault].lasted = (*in.Removed - in.Requested).Duration()
		}
		first = min(first, in.Requested)
	}
	for s, err := range trial.Samples() {
		rig.Must(t, err)
		if s.Outcome == results.Dropped {
			continue // never sent: the generator's limit, not the fault's effect
		}
		if s.Ended < first && s.Outcome == results.OK {
			services[""] = append(services[""], s.Service())
		}
		for _, in := range trial.Injections {
			if in.Injected == nil || in.Removed == nil || s.Ended < in.Requested || s.Started > *in.Removed+results.OffsetOf(aftermath(in)) {
				continue
			}
			f := saw[in.Fault]
			f.requests++
			switch {
			case s.Outcome != results.OK:
				f.failed++
			case s.Service() > time.Second:
				f.waited++
			}
			if s.Outcome == results.OK && s.Started >= *in.Injected && s.Ended <= *in.Removed {
				services[in.Fault] = append(services[in.Fault], s.Service())
			}
		}
	}
	for fault, f := range saw {
		f.median, f.before = median(services[fault]), median(services[""])
	}
	return saw
}

const podKill = "pod-kill"

// aftermath is how long after its removal a fault may be felt. A killed pod leaves the API
// before the node has ended its processes: its failures begin only then.
func aftermath(in results.Injection) time.Duration {
	if in.Action == podKill {
		return 4 * time.Second
	}
	return time.Second
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)/2]
}
