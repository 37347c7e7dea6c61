package analyzer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/results"
)

const (
	methodAlert = "injection to the first reading at which an alert fires that did not fire before it"

	alertsFiring = "prometheus.alerts.firing" // there whenever Prometheus was read
	alertPrefix  = "prometheus.alert["        // one series an alert, from its first firing on
)

// alarms are what a trial's Prometheus said of its alerts, in time.
type alarms struct {
	read []results.Offset     // readings that had an answer
	of   map[string][]reading // alert -> its readings
}

// alarms reads them; nil when the setup has no Prometheus.
func (t *trialData) alarms() *alarms {
	a := &alarms{of: map[string][]reading{}}
	for p := range t.numbers() {
		if p.Series == alertsFiring {
			a.read = append(a.read, p.At)
		}
		if name, ok := strings.CutPrefix(p.Series, alertPrefix); ok {
			name = strings.TrimSuffix(name, "]")
			a.of[name] = append(a.of[name], reading{p.At, p.Value})
		}
	}
	if len(a.read) == 0 {
		return nil
	}
	slices.Sort(a.read)
	for _, readings := range a.of {
		slices.SortFunc(readings, func(x, y reading) int { return cmp.Compare(x.at, y.at) })
	}
	return a
}

// began is when an alert first began to fire within from..to: a reading at which it
// fires after one at which it did not. An alert has no readings before it first
// fires; that Prometheus was read then says that it did not.
func (a *alarms) began(readings []reading, from, to results.Offset) (results.Offset, bool) {
	firing := false
	for _, r := range readings {
		was := firing
		firing = r.value > 0
		if r.at >= to {
			break
		}
		if firing && !was && r.at > from {
			return r.at, true
		}
	}
	return 0, false
}

// alerted tells how long after a fault's injection the first alert began to fire;
// nothing on a setup without a Prometheus.
func (a *alarms) alerted(in results.Injection, to results.Offset) (*Quantity, string) {
	if a == nil {
		return nil, ""
	}
	figure, name := a.first(in, to)
	return &figure, name
}

func (a *alarms) first(in results.Injection, to results.Offset) (Quantity, string) {
	if in.Injected == nil || in.InEffect == nil {
		return none("s", methodAlert, 0, "never shown in effect"), ""
	}
	from := in.Requested // an alert can fire before a slow injection returns
	if !slices.ContainsFunc(a.read, func(at results.Offset) bool { return at <= from }) ||
		!slices.ContainsFunc(a.read, func(at results.Offset) bool { return at > from && at < to }) {
		return none("s", methodAlert, 0, "Prometheus could not be read before and after the injection"), ""
	}
	first, name := to, ""
	for alert, readings := range a.of {
		if at, ok := a.began(readings, from, to); ok && (at < first || at == first && alert < name) {
			first, name = at, alert
		}
	}
	q := number((first - from).Seconds(), "s", methodAlert, 1)
	q.Censored = name == ""
	return q, name
}

// alertFinding is RES-006; false when the setup has no Prometheus to ask.
func (d *dataset) alertFinding(scope Scope, rows []RecoveryRow) (Finding, bool) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r RecoveryRow) bool { return r.Alert == nil })
	if len(rows) == 0 {
		return Finding{}, false
	}
	goal := d.opts.MaxAlert
	worst, verdict := *rows[0].Alert, Info
	var because []string
	for _, r := range rows {
		v, text := judgeAlert(r, goal)
		because = append(because, r.Trial+": "+text)
		if rank(v) > rank(verdict) {
			verdict, worst = v, *r.Alert
		} else if rank(v) == rank(verdict) && r.Alert.Value > worst.Value {
			worst = *r.Alert
		}
	}
	return finding("RES-006", verdict, scope, because...).with(worst), true
}

// judgeAlert holds one fault to the goal; without a goal (0) it informs.
func judgeAlert(r RecoveryRow, goal float64) (Verdict, string) {
	q, judged := *r.Alert, goal > 0
	switch {
	case q.Missing && judged:
		return Inconclusive, fmt.Sprintf("not known, %s.", q.Warnings[0])
	case q.Missing:
		return Info, fmt.Sprintf("not known, %s.", q.Warnings[0])
	case q.Censored && judged && q.Value < goal:
		return Inconclusive, fmt.Sprintf("no alert began to fire within the %s until the next event, promised are %s.",
			words(q.Value), words(goal))
	case q.Censored && judged:
		return Fail, fmt.Sprintf("no alert began to fire within %s, promised are %s.", words(q.Value), words(goal))
	case q.Censored:
		return Info, fmt.Sprintf("no alert began to fire within %s.", words(q.Value))
	case judged && q.Value > goal:
		return Fail, fmt.Sprintf("%s fired after %s, promised are %s.", r.AlertName, words(q.Value), words(goal))
	case judged:
		return Pass, fmt.Sprintf("%s fired after %s, within the promised %s.", r.AlertName, words(q.Value), words(goal))
	}
	return Info, fmt.Sprintf("%s fired after %s.", r.AlertName, words(q.Value))
}
