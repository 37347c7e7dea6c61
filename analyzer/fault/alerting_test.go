package fault

import (
	"strings"
	"testing"
	"time"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// prometheusRead makes the alerts that Prometheus reported, second by second: "." is no
// reading, "0" a reading that does not fire, "1" one that fires.
func prometheusRead(alerts map[string]string) *alarms {
	a := &alarms{of: map[string][]run.Reading{}}
	for name, readings := range alerts {
		for second, c := range readings {
			at := results.OffsetOf(time.Duration(second) * time.Second)
			if name == "" && c != '.' {
				a.read = append(a.read, at)
			}
			if name != "" && c != '.' {
				a.of[name] = append(a.of[name], run.Reading{At: at, Value: float64(c - '0')})
			}
		}
	}
	return a
}

func TestFirstAlertAfterTheInjection(t *testing.T) {
	seconds := func(s float64) results.Offset { return results.OffsetOf(time.Duration(s * float64(time.Second))) }
	injected, inEffect := seconds(3.5), seconds(4)
	in := results.Injection{Requested: seconds(3.5), Injected: &injected, InEffect: &inEffect}
	for name, c := range map[string]struct {
		alerts   map[string]string
		want     float64
		alert    string
		censored bool
		missing  string
	}{
		"begins to fire":               {alerts: map[string]string{"": "0000000000", "Down": "......1111"}, want: 2.5, alert: "Down"},
		"fired before and goes on":     {alerts: map[string]string{"": "0000000000", "Old": ".111111111"}, want: 6.5, censored: true},
		"fired before, then again":     {alerts: map[string]string{"": "0000000000", "Old": "1110001100"}, want: 2.5, alert: "Old"},
		"the first of two":             {alerts: map[string]string{"": "0000000000", "B": ".....11111", "A": ".......111"}, want: 1.5, alert: "B"},
		"after the next event":         {alerts: map[string]string{"": "000000000000", "Late": "..........11"}, want: 6.5, censored: true},
		"Prometheus unread afterwards": {alerts: map[string]string{"": "0000......"}, missing: "was not read"},
		"Prometheus unread at first":   {alerts: map[string]string{"": ".....00000", "Down": "......1111"}, missing: "was not read"},
		"no alert, Prometheus answers": {alerts: map[string]string{"": "0000000000"}, want: 6.5, censored: true},
	} {
		got, alert := prometheusRead(c.alerts).alerted(in, seconds(10))
		if c.missing != "" {
			if !got.Missing || !strings.Contains(got.Warnings[0], c.missing) {
				t.Errorf("%s: %+v, want no figure since it %s", name, got, c.missing)
			}
			continue
		}
		if got.Value != c.want || alert != c.alert || got.Censored != c.censored {
			t.Errorf("%s: %v %q (censored %v), want %v %q (%v)", name, got.Value, alert, got.Censored, c.want, c.alert, c.censored)
		}
	}
	if got, _ := (*alarms)(nil).alerted(in, seconds(10)); got != nil {
		t.Errorf("without a Prometheus: %+v, want no figure", got)
	}
}

func TestAlertAgainstItsLimit(t *testing.T) {
	row := func(q finding.Quantity, name string) Row {
		return Row{Trial: "01", Alert: &q, AlertName: name}
	}
	after := func(s float64) Row { return row(finding.Number(s, "s", methodAlert, 1), "Down") }
	never := func(s float64) Row {
		q := finding.Number(s, "s", methodAlert, 1)
		q.Censored = true
		return row(q, "")
	}
	unread := row(finding.None("s", methodAlert, 0, "Prometheus could not be read"), "")
	for _, c := range []struct {
		goal  float64
		rows  []Row
		want  finding.Verdict
		worst float64
	}{
		{0, []Row{after(4)}, finding.Info, 4}, {0, []Row{never(20)}, finding.Info, 20},
		{10, []Row{after(4), after(7)}, finding.Pass, 7}, {10, []Row{after(4), after(12)}, finding.Fail, 12},
		{10, []Row{never(20)}, finding.Fail, 20}, {60, []Row{never(20)}, finding.Inconclusive, 20},
		{10, []Row{after(4), unread}, finding.Inconclusive, 0},
	} {
		r := &run.Run{Options: run.Options{MaxAlert: c.goal}}
		got, ok := alertFinding(r, finding.Scope{}, c.rows)
		if !ok || got.Verdict != c.want || got.Quantity.Value != c.worst {
			t.Errorf("goal %v: %v %s %+v, want %s of %v", c.goal, ok, got.Verdict, got.Quantity, c.want, c.worst)
		}
	}
	r := &run.Run{}
	if f, ok := alertFinding(r, finding.Scope{}, []Row{{Trial: "01"}}); ok {
		t.Errorf("a setup without a Prometheus has %+v", f)
	}
}
