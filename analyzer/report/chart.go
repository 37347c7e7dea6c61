package report

import (
	"maps"
	"math"
	"slices"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/results"
)

// chartData is what assets/charts.js draws, as it stands in the page.
type chartData struct {
	Setups  []string        `json:"setups"`
	Trials  []chartTrial    `json:"trials"`
	Spectra []chartSpectrum `json:"spectra"`
}

type chartTrial struct {
	Name      string                           `json:"name"`
	Setup     string                           `json:"setup"`
	Replicate int                              `json:"replicate"`
	Bin       float64                          `json:"bin"`
	Bands     []chartBand                      `json:"bands"`
	Marks     []chartMark                      `json:"marks"`
	Tenants   []string                         `json:"tenants"`
	Curves    map[string]map[string][]*float64 `json:"curves"` // tenant, name
}

// chartBand is a shaded time: a fault, or the disruptive tenant.
type chartBand struct {
	Name  string  `json:"name"`
	Kind  string  `json:"kind"`
	From  float64 `json:"from"`
	To    float64 `json:"to"`
	Shown bool    `json:"shown"` // proven in effect
}

// chartMark is a landmark.
type chartMark struct {
	Name string  `json:"name"`
	At   float64 `json:"at"`
}

type chartSpectrum struct {
	Trial     string       `json:"trial"`
	Setup     string       `json:"setup"`
	Replicate int          `json:"replicate"`
	Window    string       `json:"window"`
	N         int          `json:"n"`
	Points    [][2]float64 `json:"points"`
}

func charts(j *analyzer.Judgement) chartData {
	data := chartData{Setups: []string{}, Trials: []chartTrial{}, Spectra: []chartSpectrum{}}
	for _, s := range setupsOf(j) {
		data.Setups = append(data.Setups, s.Name)
	}
	for _, t := range j.Trials {
		if len(t.Curves) > 0 && t.Bin > 0 {
			data.Trials = append(data.Trials, chartTrialOf(t))
		}
		for _, line := range t.Spectrum {
			data.Spectra = append(data.Spectra, chartSpectrum{t.Trial.Name, t.Trial.Setup, t.Trial.Replicate,
				line.Window, line.N, finitePoints(line.Points)})
		}
	}
	return data
}

func chartTrialOf(t latency.TrialView) chartTrial {
	c := chartTrial{Name: t.Trial.Name, Setup: t.Trial.Setup, Replicate: t.Trial.Replicate, Bin: t.Bin,
		Bands: bands(t), Marks: marks(t.Trial.Landmarks), Tenants: []string{},
		Curves: map[string]map[string][]*float64{}}
	for _, curve := range t.Curves {
		if c.Curves[curve.Tenant] == nil {
			c.Tenants = append(c.Tenants, curve.Tenant)
			c.Curves[curve.Tenant] = map[string][]*float64{}
		}
		c.Curves[curve.Tenant][curve.Name] = short(curve.Values)
	}
	return c
}

// bands shades what was done to the setup: each fault as it really was, and the
// windows of the disruptive tenant.
func bands(t latency.TrialView) []chartBand {
	all := []chartBand{}
	for _, w := range t.Windows {
		if w.Kind == results.WindowNeighbor {
			all = append(all, chartBand{w.Name, w.Kind, w.From.Seconds(), w.To.Seconds(), true})
		}
	}
	for _, in := range t.Injections {
		band := chartBand{Name: in.Fault, Kind: results.WindowFault, From: in.Requested.Seconds(),
			Shown: in.InEffect != nil}
		if in.InEffect != nil {
			band.From = in.InEffect.Seconds()
		}
		band.To = faultEnd(t, in).Seconds()
		all = append(all, band)
	}
	return all
}

// faultEnd is the last mark that a fault reached, else the end of its window, else
// of the trial.
func faultEnd(t latency.TrialView, in results.Injection) results.Offset {
	for _, mark := range []*results.Offset{in.Recovered, in.Removed, in.Removing} {
		if mark != nil {
			return *mark
		}
	}
	for _, w := range t.Windows {
		if w.Kind == results.WindowFault && w.Fault == in.Fault {
			return w.To
		}
	}
	return t.Trial.Length
}

func marks(landmarks map[string]results.Offset) []chartMark {
	all := []chartMark{}
	for _, name := range slices.Sorted(maps.Keys(landmarks)) {
		all = append(all, chartMark{name, landmarks[name].Seconds()})
	}
	return all
}

// short drops digits that no chart can show, which halves the page, and values
// that JSON has no word for.
func short(values []*float64) []*float64 {
	all := make([]*float64, len(values))
	for i, v := range values {
		if v != nil && !math.IsNaN(*v) && !math.IsInf(*v, 0) {
			rounded := fourDigits(*v)
			all[i] = &rounded
		}
	}
	return all
}

func fourDigits(v float64) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

func finitePoints(points [][2]float64) [][2]float64 {
	all := make([][2]float64, 0, len(points))
	for _, p := range points {
		if !math.IsNaN(p[1]) && !math.IsInf(p[1], 0) && p[1] > 0 && p[0] < 100 {
			all = append(all, [2]float64{p[0], fourDigits(p[1])})
		}
	}
	return all
}
