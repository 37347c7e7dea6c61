package fault

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

const (
	methodAlert = "injection to the first reading at which an alert fires that did not fire before it"

	alertsFiring = "prometheus.alerts.firing" // there whenever Prometheus was read
	alertPrefix  = "prometheus.alert["        // one series an alert, from its first firing on
)

// alarms are what a trial's Prometheus said of its alerts, in time.
type alarms struct {
	read []results.Offset         // readings that had an answer
	of   map[string][]run.Reading // alert -> its readings
}

// readAlarms reads them; nil when the setup has no Prometheus.
func readAlarms(t *run.Trial) *alarms {
	a := &alarms{of: map[string][]run.Reading{}}
	for p := range t.Numbers() {
		if p.Series == alertsFiring {
			a.read = append(a.read, p.At)
		}
		if name, ok := strings.CutPrefix(p.Series, alertPrefix); ok {
			name = strings.TrimSuffix(name, "]")
			a.of[name] = append(a.of[name], run.Reading{At: p.At, Value: p.Value})
		}
	}
	if len(a.read) == 0 {
		return nil
	}
	slices.Sort(a.read)
	for _, readings := range a.of {
		slices.SortFunc(readings, func(x, y run.Reading) int { return cmp.Compare(x.At, y.At) })
	}
	return a
}

// began is when an alert first began to fire within from..to: a reading at which it
// fires after one at which it did not. An alert has no readings before it first
// fires; that Prometheus was read then says that it did not.
func (a *alarms) began(readings []run.Reading, from, to results.Offset) (results.Offset, bool) {
	firing := false
	for _, r := range readings {
		was := firing
		firing = r.Value > 0
		if r.At >= to {
			break
		}
		if firing && !was && r.At > from {
			return r.At, true
		}
	}
	return 0, false
}

// alerted tells how long after a fault's injection the first alert began to fire;
// nothing on a setup without a Prometheus.
func (a *alarms) alerted(in results.Injection, to results.Offset) (*finding.Quantity, string) {
	if a == nil {
		return nil, ""
	}
	figure, name := a.first(in, to)
	return &figure, name
}

func (a *alarms) first(in results.Injection, to results.Offset) (finding.Quantity, string) {
	if in.Injected == nil || in.InEffect == nil {
		return finding.None("s", methodAlert, 0, "never shown in effect"), ""
	}
	from := in.Requested // an alert can fire before a slow injection returns
	if !slices.ContainsFunc(a.read, func(at results.Offset) bool { return at <= from }) ||
		!slices.ContainsFunc(a.read, func(at results.Offset) bool { return at > from && at < to }) {
		return finding.None("s", methodAlert, 0, "Prometheus could not be read before and after the injection"), ""
	}
	first, name := to, ""
	for alert, readings := range a.of {
		if at, ok := a.began(readings, from, to); ok && (at < first || at == first && alert < name) {
			first, name = at, alert
		}
	}
	q := finding.Number((first - from).Seconds(), "s", methodAlert, 1)
	q.Censored = name == ""
	return q, name
}

// alertFinding is RES-006; false when the setup has no Prometheus to ask.
func alertFinding(r *run.Run, scope finding.Scope, rows []Row) (finding.Finding, bool) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Alert == nil })
	if len(rows) == 0 {
		return finding.Finding{}, false
	}
	goal := r.Options.MaxAlert
	worst, verdict := *rows[0].Alert, finding.Info
	var because []string
	for _, r := range rows {
		v, text := judgeAlert(r, goal)
		because = append(because, r.Trial+": "+text)
		if finding.Severity(v) > finding.Severity(verdict) {
			verdict, worst = v, *r.Alert
		} else if finding.Severity(v) == finding.Severity(verdict) && r.Alert.Value > worst.Value {
			worst = *r.Alert
		}
	}
	return finding.New("RES-006", verdict, scope, because...).With(worst), true
}

// judgeAlert holds one fault to the goal; without a goal (0) it informs.
func judgeAlert(r Row, goal float64) (finding.Verdict, string) {
	q, judged := *r.Alert, goal > 0
	switch {
	case q.Missing && judged:
		return finding.Inconclusive, fmt.Sprintf("not known, %s.", q.Warnings[0])
	case q.Missing:
		return finding.Info, fmt.Sprintf("not known, %s.", q.Warnings[0])
	case q.Censored && judged && q.Value < goal:
		return finding.Inconclusive, fmt.Sprintf("no alert began to fire within the %s until the next event, promised are %s.",
			finding.Seconds(q.Value), finding.Seconds(goal))
	case q.Censored && judged:
		return finding.Fail, fmt.Sprintf("no alert began to fire within %s, promised are %s.", finding.Seconds(q.Value), finding.Seconds(goal))
	case q.Censored:
		return finding.Info, fmt.Sprintf("no alert began to fire within %s.", finding.Seconds(q.Value))
	case judged && q.Value > goal:
		return finding.Fail, fmt.Sprintf("%s fired after %s, promised are %s.", r.AlertName, finding.Seconds(q.Value), finding.Seconds(goal))
	case judged:
		return finding.Pass, fmt.Sprintf("%s fired after %s, within the promised %s.", r.AlertName, finding.Seconds(q.Value), finding.Seconds(goal))
	}
	return finding.Info, fmt.Sprintf("%s fired after %s.", r.AlertName, finding.Seconds(q.Value))
}
