package readiness

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"example.org/odooharness/analyzer/finding"
	answer "example.org/odooharness/analyzer/readiness"
	"example.org/odooharness/analyzer/stats/readiness"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
	"example.org/odooharness/workload"
	"example.org/odooharness/workload/files"
)

// Plan is the plan of a peak with the files that it was read from.
type Plan struct {
	Path     string
	Question answer.Question
	Inputs   []results.Input // the plan first
}

// planFile is the plan as a person writes it.
type planFile struct {
	Name      string        `yaml:"name"`
	CutOff    string        `yaml:"cutoff"`
	Window    file.Duration `yaml:"window"`
	Setup     string        `yaml:"setup"`
	Threshold float64       `yaml:"threshold"`
	MaxAge    file.Duration `yaml:"maxAge"`
	Forecast  struct {
		File      string                     `yaml:"file"`
		Source    string                     `yaml:"source"`
		Level     float64                    `yaml:"level"`
		Growth    float64                    `yaml:"growth"`
		Shape     []float64                  `yaml:"shape"`
		Documents map[results.Op]measureFile `yaml:"documents"`
	} `yaml:"forecast"`
	Capacity string       `yaml:"capacity"`
	Transfer *measureFile `yaml:"transfer"`
	Faults   []struct {
		Name     string        `yaml:"name"`
		Every    file.Duration `yaml:"every"`
		Lasts    *timesFile    `yaml:"lasts"`
		Capacity string        `yaml:"capacity"`
		Recovery string        `yaml:"recovery"`
	} `yaml:"faults"`
	Campaign    string              `yaml:"campaign"`
	Drills      []string            `yaml:"drills"`
	Risks       string              `yaml:"risks"`
	Differences []answer.Difference `yaml:"differences"`
	NotTested   []string            `yaml:"notTested"`
	Cost        *costFile           `yaml:"cost"`
	Seed        uint64              `yaml:"seed"`
}

type costFile struct {
	Currency string  `yaml:"currency"`
	Missed   float64 `yaml:"missed"`
	Needless float64 `yaml:"needless"`
}

// measureFile is a figure with its interval.
type measureFile struct {
	Expect float64 `yaml:"expect"`
	Low    float64 `yaml:"low"`
	High   float64 `yaml:"high"`
}

// timesFile is a time with its interval.
type timesFile struct {
	Expect file.Duration `yaml:"expect"`
	Low    file.Duration `yaml:"low"`
	High   file.Duration `yaml:"high"`
}

func (t timesFile) seconds() measureFile {
	s := func(d file.Duration) float64 { return time.Duration(d).Seconds() }
	return measureFile{s(t.Expect), s(t.Low), s(t.High)}
}

// Defaults of a plan.
const (
	defaultThreshold = 0.9
	defaultMaxAge    = 30 * 24 * time.Hour
	defaultLevel     = 0.9
)

// loading is a plan under way.
type loading struct {
	doc      *file.Document
	f        planFile
	plan     *Plan
	problems file.Problems
}

// Load reads a plan. Paths of files are relative to it; so are those of runs, which may also
// be relative to the working folder.
func Load(path string) (*Plan, error) {
	doc, err := file.Read(path, "readiness")
	if err != nil {
		return nil, err
	}
	l := &loading{doc: doc, plan: &Plan{Path: path, Inputs: []results.Input{doc.Input}}}
	if err := doc.Decode(&l.f); err != nil {
		return nil, err
	}
	q := &l.plan.Question
	*q = answer.Question{Name: l.f.Name, Window: time.Duration(l.f.Window), Setup: l.f.Setup, Capacity: l.f.Capacity,
		MaxAge: time.Duration(cmp.Or(l.f.MaxAge, file.Duration(defaultMaxAge))), Drills: l.f.Drills, Different: l.f.Differences,
		NotTested: l.f.NotTested, Seed: l.f.Seed, Transfer: readiness.Known(1)}
	if q.CutOff, err = time.Parse(time.RFC3339, l.f.CutOff); err != nil {
		l.problem("cutoff", fmt.Sprintf("%q is not a moment", l.f.CutOff), "write it with its zone: 2026-11-27T17:00:00+01:00")
	}
	l.threshold(q)
	l.forecast(q)
	if l.f.Transfer != nil {
		q.Transfer = l.estimate("transfer", *l.f.Transfer, defaultLevel)
	}
	l.faults(q)
	if l.f.Campaign != "" {
		l.campaign(q)
	}
	if l.f.Risks != "" {
		q.RisksGiven = true
		l.risks(q)
	}
	return l.plan, l.problems.Err()
}

func (l *loading) problem(field, what, remedy string) {
	l.problems = append(l.problems, l.doc.Problem(field, what, remedy))
}

// nextTo resolves a path that the plan names.
func (l *loading) nextTo(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(l.plan.Path), path)
}

// threshold is given, or follows from the costs: a go is right from missed/(missed+needless) on.
func (l *loading) threshold(q *answer.Question) {
	q.Threshold = l.f.Threshold
	if c := l.f.Cost; c != nil {
		q.Cost = answer.Cost{Currency: c.Currency, Missed: c.Missed, Needless: c.Needless}
		q.Threshold = cmp.Or(q.Threshold, c.Missed/(c.Missed+c.Needless))
	}
	q.Threshold = cmp.Or(q.Threshold, defaultThreshold)
}

// estimate reads a figure with its interval.
func (l *loading) estimate(field string, m measureFile, level float64) readiness.Estimate {
	low, high := cmp.Or(m.Low, math.NaN()), cmp.Or(m.High, math.NaN())
	if m.Low > m.Expect {
		l.problem(field+".low", "it lies above expect", "write a value that is not above expect")
	}
	if m.High != 0 && m.High < m.Expect {
		l.problem(field+".high", "it lies below expect", "write a value that is not below expect")
	}
	return readiness.FromInterval(m.Expect, low, high, level)
}

func (l *loading) forecast(q *answer.Question) {
	f := l.f.Forecast
	q.Forecast = answer.Forecast{Source: f.Source, Growth: f.Growth, Shape: f.Shape, Level: cmp.Or(f.Level, defaultLevel),
		Documents: map[results.Op]readiness.Estimate{}, Intervals: map[results.Op]answer.Expected{}}
	switch {
	case f.File == "" && len(f.Documents) == 0:
		l.problem("forecast", "there is no figure", "add documents: {order: {expect: 12000}}, or file: forecast.yaml")
	case f.File != "" && len(f.Documents) > 0:
		l.problem("forecast.documents", "there is a file, too", "remove one of the two")
	case f.File != "":
		l.forecastFile(q)
	case f.Source == "":
		l.problem("forecast", "missing source", "add source: with where the figures come from")
	}
	if len(f.Shape) > 0 && slices.Max(f.Shape) == 0 {
		l.problem("forecast.shape", "every part is 0", "write at least one above 0")
	}
	for op, m := range f.Documents {
		q.Forecast.Documents[op] = l.estimate("forecast.documents."+string(op), m, q.Forecast.Level)
		q.Forecast.Intervals[op] = answer.Expected{Expect: m.Expect, Low: cmp.Or(m.Low, m.Expect), High: cmp.Or(m.High, m.Expect)}
	}
}

// documents names the documents of the journeys of a workload.
func documents() map[string]results.Op {
	return map[string]results.Op{workload.Orders: results.OpOrder, workload.Shipping: results.OpShip,
		workload.Invoicing: results.OpInvoice, workload.Receiving: results.OpReceive, workload.Payments: results.OpPay}
}

// forecastFile reads the forecast of the day. The busiest hour is scaled to the hours of the
// window.
func (l *loading) forecastFile(q *answer.Question) {
	f, input, err := files.ReadForecast(l.nextTo(l.f.Forecast.File))
	if err != nil {
		l.problems.Collect(l.f.Forecast.File, err)
		return
	}
	l.plan.Inputs = append(l.plan.Inputs, input)
	zone, err := time.LoadLocation(f.Timezone)
	if err != nil {
		l.problem("forecast.file", fmt.Sprintf("its timezone %q is not known", f.Timezone), "write a name such as Europe/Berlin")
		return
	}
	if day := q.CutOff.In(zone).Format(time.DateOnly); !q.CutOff.IsZero() && day != f.Date {
		l.problem("forecast.file", fmt.Sprintf("it forecasts %s, and the cut-off is on %s", f.Date, day),
			"forecast the day of the cut-off")
	}
	q.Forecast.Level = f.Confidence
	for _, e := range f.Total {
		op, known := documents()[e.Journey]
		if !known || !(e.PerHour.Value > 0) {
			continue
		}
		shape := hours(e.Hours, q.CutOff.In(zone), q.Window)
		part := mean(shape) / slices.Max(e.Hours)
		scaled := answer.Expected{Expect: e.PerHour.Value * part, Low: e.PerHour.Low * part, High: e.PerHour.High * part}
		q.Forecast.Intervals[op] = scaled
		q.Forecast.Documents[op] = readiness.FromInterval(scaled.Expect, scaled.Low, scaled.High, f.Confidence)
		if len(q.Forecast.Shape) == 0 {
			q.Forecast.Shape = shape
		}
		q.Forecast.Source = cmp.Or(q.Forecast.Source, e.Source)
		if q.Forecast.Growth == 0 && e.Growth.Value > 1 {
			q.Forecast.Growth = e.Growth.Value - 1
		}
	}
	if len(q.Forecast.Documents) == 0 {
		l.problem("forecast.file", "it expects no document that a run counts",
			"forecast orders, shipping, invoicing, receiving or payments")
	}
}

// windowParts is the number of parts into which the shape of a day cuts a window.
const windowParts = 24

// hours is the share of the day's hour in each part of the window before the cut-off.
func hours(day []float64, cutoff time.Time, window time.Duration) []float64 {
	shape := make([]float64, windowParts)
	for i := range shape {
		at := cutoff.Add(-window + time.Duration(2*i+1)*window/(2*windowParts))
		shape[i] = day[at.Hour()%len(day)]
	}
	return shape
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

func (l *loading) faults(q *answer.Question) {
	seen := map[string]bool{}
	for i, f := range l.f.Faults {
		at := fmt.Sprintf("faults.%d", i)
		if seen[f.Name] {
			l.problem(at+".name", f.Name+" is there twice", "write one entry for each fault")
		}
		seen[f.Name] = true
		fault := answer.Fault{Name: f.Name, Every: time.Duration(f.Every), Capacity: f.Capacity, Recovery: f.Recovery}
		if f.Lasts != nil {
			lasts := l.estimate(at+".lasts", f.Lasts.seconds(), defaultLevel)
			fault.Lasts = &lasts
			if every := fault.Every.Seconds(); every > 0 && every < lasts.Value {
				l.problem(at+".every", fmt.Sprintf("%s is less than the %s that the fault lasts", finding.Seconds(every),
					finding.Seconds(lasts.Value)), "write the mean time from one such fault to the next")
			}
		}
		q.Faults = append(q.Faults, fault)
	}
}

// riskFile is an entry of the register.
type riskFile struct {
	Title      string `yaml:"title"`
	Owner      string `yaml:"owner"`
	State      string `yaml:"state"`
	Due        string `yaml:"due"`
	AcceptedBy string `yaml:"acceptedBy"`
	Expires    string `yaml:"expires"`
	Note       string `yaml:"note"`
}

// risks reads the register.
func (l *loading) risks(q *answer.Question) {
	doc, err := file.Read(l.nextTo(l.f.Risks), "risks")
	if err != nil {
		l.problems.Collect(l.f.Risks, err)
		return
	}
	l.plan.Inputs = append(l.plan.Inputs, doc.Input)
	var register struct {
		Risks []riskFile `yaml:"risks"`
	}
	if err := doc.Decode(&register); err != nil {
		l.problems.Collect(l.f.Risks, err)
		return
	}
	for i, r := range register.Risks {
		at := fmt.Sprintf("risks.%d", i)
		risk := answer.Risk{Title: r.Title, Owner: r.Owner, State: r.State, Accepted: r.AcceptedBy, Note: r.Note}
		date := func(field, text string) time.Time {
			day, err := time.Parse(time.DateOnly, text)
			if err != nil {
				l.problems = append(l.problems, doc.Problem(at+"."+field, fmt.Sprintf("%q is not a date", text), "write 2026-11-20"))
			}
			return day
		}
		if r.Due != "" || r.State == answer.RiskOpen {
			risk.Due = date("due", r.Due)
		}
		if r.State == answer.RiskAccepted {
			expires := date("expires", r.Expires)
			risk.Expires = &expires
			if r.AcceptedBy == "" {
				l.problems = append(l.problems, doc.Problem(at, "accepted without acceptedBy", "add acceptedBy: with a name"))
			}
		}
		q.Risks = append(q.Risks, risk)
	}
}
