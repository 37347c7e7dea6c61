//go:build kubernetes

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"odooharness/results"
)

// parity fails when clients felt a fault with one driver and not with the other. With
// UPDATE set it writes what they saw into the table of docs/kubernetes.md.
func parity(t *testing.T, run *results.Run) {
	t.Helper()
	const doc, begin, end = "../../docs/kubernetes.md", "<!-- parity: made by make test-kubernetes UPDATE=1 -->\n", "<!-- end of parity -->"
	var table strings.Builder
	table.WriteString("\n| fault | kind | local: clients saw | Chaos Mesh: clients saw | the same kind of effect |\n|---|---|---|---|---|\n")
	seen := map[string]map[string]map[string]bool{}
	for _, trial := range run.Trials {
		seen[trial.Setup] = outcomes(t, trial)
	}
	for _, in := range run.Trials[0].Injections {
		here, there := seen["here"][in.Fault], seen["on-cluster"][in.Fault]
		same := "yes"
		if (len(here) > 0) != (len(there) > 0) {
			same = "no"
			t.Errorf("%s: on the local driver clients saw %s, on Chaos Mesh %s", in.Fault, names(here), names(there))
		}
		fmt.Fprintf(&table, "| %s | %s %s | %s | %s | %s |\n", in.Fault, in.Kind, in.Action, names(here), names(there), same)
	}
	t.Log(table.String())
	raw, err := os.ReadFile(doc)
	must(t, err)
	before, rest, ok1 := strings.Cut(string(raw), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has lost the marks of its table", doc)
	}
	if os.Getenv("UPDATE") != "" {
		must(t, os.WriteFile(doc, []byte(before+begin+table.String()+"\n"+end+after), 0o644))
	}
}

// outcomes are the kinds of failure and delay that clients saw between a fault's
// injection and a second after its removal: failures, waits over a second, and
// being slower as a whole, by the median against that before the first fault.
func outcomes(t *testing.T, trial *results.TrialData) map[string]map[string]bool {
	t.Helper()
	const slower = 50 * time.Millisecond // a third of what ingress-slow adds
	saw := map[string]map[string]bool{}
	services := map[string][]time.Duration{}
	first := results.OffsetOf(time.Hour)
	for _, in := range trial.Injections {
		saw[in.Fault] = map[string]bool{}
		first = min(first, in.Requested)
	}
	for s, err := range trial.Samples() {
		must(t, err)
		if s.Ended < first && s.Outcome == results.OK {
			services[""] = append(services[""], s.Service())
		}
		for _, in := range trial.Injections {
			if in.Injected == nil || in.Removed == nil {
				continue
			}
			until := *in.Removed + results.OffsetOf(time.Second)
			switch {
			case s.Ended < *in.Injected || s.Started > until:
			case s.Outcome != results.OK:
				saw[in.Fault]["failures"] = true
			case s.Service() > time.Second:
				saw[in.Fault]["waits over 1 s"] = true
			case s.Started >= *in.Injected && s.Ended <= *in.Removed:
				services[in.Fault] = append(services[in.Fault], s.Service())
			}
		}
	}
	for fault := range saw {
		if fault != "" && len(services[fault]) > 0 && median(services[fault]) > median(services[""])+slower {
			saw[fault]["all slower"] = true
		}
	}
	return saw
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)/2]
}

func names(set map[string]bool) string {
	var all []string
	for name := range set {
		all = append(all, name)
	}
	slices.Sort(all)
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}
