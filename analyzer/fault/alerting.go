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

	alertsFiring = "prometheus.alerts.firing" // present whenever Prometheus was read
	alertPrefix  = "prometheus.alert["        // one series for each alert, from the time it first fires
)

// alarms are the alerts that Prometheus reported during a trial, in time.
type alarms struct {
	read []results.Offset         // when Prometheus was read
	of   map[string][]run.Reading // alert -> its readings
}

// readAlarms returns the alerts of a trial, nil when the setup has no Prometheus.
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

// began returns when an alert first began to fire within from..to: the first reading that
// fires after one that does not. An alert has no reading before it first fires.
func (a *alarms) began(readings []run.Reading, from, to results.Offset) (results.Offset, bool) {
	firing := false
	for _, reading := range readings {
		was := firing
		firing = reading.Value > 0
		if reading.At >= to {
			break
		}
		if firing && !was && reading.At > from {
			return reading.At, true
		}
	}
	return 0, false
}

// alerted returns the time in s from the injection of a fault to the first alert, and its
// name. It returns nil on a setup without Prometheus.
func (a *alarms) alerted(in results.Injection, to results.Offset) (*finding.Quantity, string) {
	if a == nil {
		return nil, ""
	}
	figure, name := a.first(in, to)
	return &figure, name
}

// first is alerted on a setup with Prometheus. Without an alert before to, the figure is
// censored.
func (a *alarms) first(in results.Injection, to results.Offset) (finding.Quantity, string) {
	if in.Injected == nil || in.InEffect == nil {
		return finding.None("s", methodAlert, 0, "no proof of its effect"), ""
	}
	from := in.Requested // an alert can fire before a slow injection returns
	if !slices.ContainsFunc(a.read, func(at results.Offset) bool { return at <= from }) ||
		!slices.ContainsFunc(a.read, func(at results.Offset) bool { return at > from && at < to }) {
		return finding.None("s", methodAlert, 0, "Prometheus was not read both before and after the injection"), ""
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

// alertFinding is RES-006: an alert fired within the limit. It is false when no Prometheus
// was read and no limit is set.
func alertFinding(r *run.Run, scope finding.Scope, rows []Row) (finding.Finding, bool) {
	goal := r.Options.MaxAlert
	rows = slices.DeleteFunc(slices.Clone(rows), func(row Row) bool { return row.Alert == nil })
	if len(rows) == 0 && goal > 0 {
		return finding.New("RES-006", finding.Inconclusive, scope, fmt.Sprintf(
			"No Prometheus was read, so that no alert could be seen, limit %s.", finding.Seconds(goal))), true
	}
	if len(rows) == 0 {
		return finding.Finding{}, false
	}
	worst, verdict := *rows[0].Alert, finding.Info
	var because []string
	for _, row := range rows {
		v, text := judgeAlert(row, goal)
		because = append(because, row.Trial+": "+text)
		if finding.Severity(v) > finding.Severity(verdict) {
			verdict, worst = v, *row.Alert
		} else if finding.Severity(v) == finding.Severity(verdict) && row.Alert.Value > worst.Value {
			worst = *row.Alert
		}
	}
	return finding.New("RES-006", verdict, scope, because...).With(worst), true
}

// judgeAlert judges the alert on one fault. Without a goal (0) it informs.
func judgeAlert(row Row, goal float64) (finding.Verdict, string) {
	q, judged := *row.Alert, goal > 0
	after, limit := finding.Seconds(q.Value), finding.Seconds(goal)
	switch {
	case q.Missing && judged:
		return finding.Inconclusive, fmt.Sprintf("unknown, %s.", q.Warnings[0])
	case q.Missing:
		return finding.Info, fmt.Sprintf("unknown, %s.", q.Warnings[0])
	case q.Censored && judged && q.Value < goal:
		return finding.Inconclusive, fmt.Sprintf("no alert fired in the %s until the next event, limit %s.", after, limit)
	case q.Censored && judged:
		return finding.Fail, fmt.Sprintf("no alert fired within %s, limit %s.", after, limit)
	case q.Censored:
		return finding.Info, fmt.Sprintf("no alert fired within %s.", after)
	case judged && q.Value > goal:
		return finding.Fail, fmt.Sprintf("%s fired after %s, limit %s.", row.AlertName, after, limit)
	case judged:
		return finding.Pass, fmt.Sprintf("%s fired after %s, limit %s.", row.AlertName, after, limit)
	}
	return finding.Info, fmt.Sprintf("%s fired after %s.", row.AlertName, after)
}
