package readiness

import (
	"cmp"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/analyzer/carried"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/stats/readiness"
	"example.org/odooharness/results"
)

// Answer answers a question from the runs that it names. A run that is missing from the map
// could not be read; problems has the reason.
func Answer(q Question, runs map[string]*Evidence, problems map[string]string, now time.Time) *Pack {
	a := &answering{q: q, runs: runs, problems: problems, now: now, pack: &Pack{Schema: SchemaVersion, Name: q.Name,
		Setup: q.Setup, CutOff: q.CutOff, Window: q.Window.Seconds(), Made: now, Forecast: q.Forecast, Risks: q.Risks,
		NotTested: slices.Clone(q.NotTested), Different: q.Different, Cost: q.Cost}}
	a.all = a.evidence(q.Capacity, "capacity", nil)
	if a.all != nil {
		if s, err := a.all.setup(q.Setup); err == nil {
			a.pack.Setup, a.q.Setup, a.pack.Cost.PerHour = s.Name, s.Name, s.CostPerHour
			a.pack.Cost.Currency = cmp.Or(a.pack.Cost.Currency, s.Currency)
		}
	}
	a.matrix()
	a.plan()
	a.drills()
	a.headroom()
	a.pack.words(q)
	return a.pack
}

// answering is an answer under way.
type answering struct {
	q        Question
	runs     map[string]*Evidence
	problems map[string]string
	now      time.Time
	all      *Evidence // with all parts; nil: no evidence
	faults   []readiness.Fault
	pack     *Pack
}

// evidence returns a run that counts, and lists it. The first use of a run lists it.
func (a *answering) evidence(name, as string, like *Evidence) *Evidence {
	if name == "" {
		return nil
	}
	e := a.runs[name]
	row := Run{Name: name, As: as, Refused: a.problems[name]}
	if e != nil {
		m := e.Judgement.Manifest
		row = Run{Name: name, As: as, Link: Link(name), Started: m.Started, Verdict: e.Judgement.Verdict, Versions: m.Versions,
			Digest: e.Digest, Refused: e.unfit(a.q, like, a.now)}
	}
	if i := slices.IndexFunc(a.pack.Runs, func(r Run) bool { return r.Name == name }); i >= 0 {
		a.pack.Runs[i].As += ", " + as
	} else {
		a.pack.Runs = append(a.pack.Runs, row)
	}
	if row.Refused != "" {
		return nil
	}
	return e
}

// Link is where a pack has the report of a run, from its folder.
func Link(run string) string { return path.Join("runs", Folder(run), "report.html") }

// Folder names the folder of a run within a pack: its experiment and its own name.
func Folder(run string) string {
	parts := strings.Split(strings.Trim(path.Clean(strings.ReplaceAll(run, `\`, "/")), "/"), "/")
	return strings.Join(parts[max(0, len(parts)-2):], "-")
}

// refused is why a run does not count, as the list of runs has it.
func (a *answering) refused(name string) string {
	for _, r := range a.pack.Runs {
		if r.Name == name {
			return r.Refused
		}
	}
	return ""
}

// matrix fills a cell for each fault, and its part of the plan.
func (a *answering) matrix() {
	for _, f := range a.q.Faults {
		cell := Cell{Fault: f.Name, Every: f.Every.Seconds(), Lasts: f.Lasts, Verdict: finding.Inconclusive,
			Chance: -math.Expm1(-a.q.Window.Seconds() / f.Every.Seconds())}
		a.held(f, &cell)
		a.short(f, &cell)
		if cell.Lasts == nil {
			cell.Missing = append(cell.Missing, "How long it lasts is not known: it counts as lasting to the cut-off.")
			cell.Lasts = &readiness.Estimate{Value: a.q.Window.Seconds()}
		}
		a.faults = append(a.faults, readiness.Fault{Name: f.Name, Rate: 3600 / f.Every.Seconds(), Lasts: *cell.Lasts,
			Left: cell.Left, Recovery: cell.Recovery})
		a.pack.Matrix = append(a.pack.Matrix, cell)
	}
}

// held reads the ladder with the fault held.
func (a *answering) held(f Fault, cell *Cell) {
	if f.Capacity == "" {
		return
	}
	e := a.evidence(f.Capacity, "capacity during "+f.Name, a.all)
	if e == nil || a.all == nil {
		why := cmp.Or(a.refused(f.Capacity), "no capacity with all parts")
		cell.Missing = append(cell.Missing, "The capacity while it lasts: "+why+".")
		return
	}
	setup := a.pack.Setup
	if !e.heldThroughout(f.Name, setup) {
		cell.Missing = append(cell.Missing, "The capacity while it lasts: the fault was not in effect in every step.")
		return
	}
	left, why := e.left(a.all, setup)
	if why != "" {
		cell.Missing = append(cell.Missing, "The capacity while it lasts: "+why+".")
		return
	}
	cell.Left, cell.LeftFrom = &left, f.Capacity
	a.older(e, cell)
}

// short reads the run in which the fault was reverted.
func (a *answering) short(f Fault, cell *Cell) {
	if f.Recovery == "" {
		cell.Missing = append(cell.Missing, "The recovery was not measured.")
	} else if e := a.evidence(f.Recovery, "recovery from "+f.Name, a.all); e == nil {
		cell.Missing = append(cell.Missing, "The recovery: "+a.refused(f.Recovery)+".")
	} else if s := e.short(f.Name, a.pack.Setup); !s.found {
		cell.Missing = append(cell.Missing, "The recovery: the run does not show "+f.Name+" in effect.")
	} else {
		cell.Short, cell.Recovery, cell.Lost, cell.Verdict = f.Recovery, s.recovery, s.lost, s.worst
		if cell.Lasts == nil {
			cell.Lasts = s.lasts
		}
		if cell.Left == nil && s.left != nil {
			cell.Left, cell.LeftFrom = s.left, f.Recovery
		}
		if s.recovery == nil {
			cell.Missing = append(cell.Missing, "The recovery could not be determined in its run.")
		}
		a.older(e, cell)
	}
	if cell.Left == nil {
		cell.Missing = append(cell.Missing, "The capacity while it lasts is not known.")
	}
}

// older keeps the age of the oldest evidence of a cell.
func (a *answering) older(e *Evidence, cell *Cell) {
	cell.Age = max(cell.Age, a.now.Sub(e.Judgement.Manifest.Started).Seconds())
}

// plan makes the plan of the peak and predicts, when there is a capacity.
func (a *answering) plan() {
	if a.all == nil {
		return
	}
	row, ok := a.all.Capacity(a.pack.Setup)
	rate, spread := a.peak(row)
	l := a.all.ladders[a.pack.Setup]
	if !ok || row.Crossing.Missing || !(rate > 0) || math.IsInf(rate, 0) {
		return
	}
	most := 0.0
	for _, s := range row.Steps {
		most = max(most, s.Throughput)
	}
	transfer := a.q.Transfer
	transfer.Spread = math.Hypot(transfer.Spread, l.varies)
	p := readiness.Plan{Forecast: readiness.Estimate{Value: rate, Spread: spread}, Window: a.q.Window.Seconds(),
		Shape: a.q.Forecast.Shape, Capacity: l.capacity, Target: target, Steepness: l.slope, Drain: most / l.capacity.Value,
		Transfer: transfer, Faults: a.faults, Threshold: a.q.Threshold, Seed: a.q.Seed, Draws: a.q.Draws}
	answer := readiness.Predict(p)
	a.pack.Plan, a.pack.Answer = &p, &answer
}

// peak returns the arrivals a second that the forecast needs, by the document that needs most,
// with the spread of that document.
func (a *answering) peak(row carried.Row) (rate, spread float64) {
	for _, op := range slices.Sorted(maps.Keys(a.q.Forecast.Documents)) {
		f := a.q.Forecast.Documents[op]
		if r := f.Value / 3600 / perArrival(row, op); r > rate {
			rate, spread = r, f.Spread
		}
	}
	return rate, spread
}

// perArrival is how many documents an arrival of the ladder makes; 0 when that is not known.
func perArrival(row carried.Row, op results.Op) float64 {
	for _, d := range row.Documents {
		if d.Document == op && !d.PerHour.Missing && row.Carried.Value > 0 {
			return d.PerHour.Value / 3600 / row.Carried.Value
		}
	}
	return 0
}
