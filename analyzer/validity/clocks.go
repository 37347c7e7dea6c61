package validity

import (
	"fmt"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
)

// By how much the place of a row on the trial's clock may be off, in s.
const (
	noticedError = 0.005
	mostError    = 0.05
)

// oneClock is VAL-012: generators on other hosts are on the harness's clock. Latencies are
// differences of one host's clock. Only what belongs to which window rests on the offsets.
func oneClock(t *run.Trial) []finding.Finding {
	worst, name, hosts := 0.0, "", map[string]bool{}
	for _, g := range t.Generators {
		if g.Clock == nil {
			continue // on this host, or lost
		}
		hosts[g.Host] = true
		if e := g.Clock.Error; e > worst || name == "" {
			worst, name = e, g.Name()
		}
	}
	if name == "" {
		return nil
	}
	scope := finding.Scope{Setup: t.Setup, Trial: t.Name}
	q := finding.Number(worst, "s", "most by which a row may be off its place on the trial's clock", 1)
	because := []string{fmt.Sprintf("Rows from %s are in their place within %s; the worst is generator %s.",
		finding.Plural(len(hosts), "host"), finding.Seconds(worst), name)}
	verdict := finding.Pass
	switch {
	case worst > mostError:
		verdict = finding.Invalid
		because = append(because, "Faults and windows of one host's rows are not those of another's. Synchronise the hosts' clocks.")
	case worst > noticedError:
		verdict = finding.Info
		because = append(because, "The begin and end of outages, and what is next to the edge of a window, carry this error. "+
			"Latencies do not.")
	}
	return []finding.Finding{finding.New("VAL-012", verdict, scope, because...).With(q)}
}
