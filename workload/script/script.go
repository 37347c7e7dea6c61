// Package script writes the peak hour of a workload as a k6 script whose arrivals are the same on
// every setup.
//
//  1. [Courses] turns each journey of each tenant into 12 rates ([workload.Journey.Course]).
//  2. [Render] writes them into a script with the executor open-arrival, which draws the arrivals
//     from the run's seed. The script's scale multiplies all rates.
package script

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"text/template"

	"example.org/odooharness/workload"
)

//go:embed workload.js.tmpl
var source string

// Options is what a script is written for.
type Options struct {
	Seed    uint64             // of the bursts
	Origin  string             // where the rates come from, as a sentence of the script's heading
	PerHour map[string]float64 // documents in the peak hour by "tenant journey"; default: those of the recorded peak hour
}

// tenant is one entry of the script.
type tenant struct {
	Name     string                     `json:"name"`
	Journeys map[string]json.RawMessage `json:"journeys"`
}

type course struct {
	Rates []float64 `json:"rates"` // documents an hour
	Lines float64   `json:"lines"` // mean lines of a document
	Most  int       `json:"most"`
}

// Courses is the peak hour of each journey of each tenant, in their order.
func Courses(w workload.Workload, o Options) []workload.Course {
	var all []workload.Course
	for _, t := range w.Tenants {
		for _, j := range t.Journeys {
			perHour, ok := o.PerHour[t.Name+" "+j.Name]
			if !ok {
				perHour = float64(j.PeakHour.Documents)
			}
			all = append(all, j.Course(t.Name, perHour, o.Seed))
		}
	}
	return all
}

// Render writes the script.
func Render(w workload.Workload, o Options) ([]byte, error) {
	courses := Courses(w, o)
	tenants := []tenant{}
	for _, t := range w.Tenants {
		one := tenant{Name: t.Name, Journeys: map[string]json.RawMessage{}}
		for _, j := range t.Journeys {
			c := course{Rates: courses[0].Rates, Lines: 2, Most: 40}
			courses = courses[1:]
			for i, rate := range c.Rates {
				c.Rates[i] = math.Round(rate*1000) / 1000
			}
			if j.Lines != nil {
				c.Lines, c.Most = math.Round(j.Lines.Mean.Value*1000)/1000, min(c.Most, j.Lines.Max)
			}
			line, err := json.Marshal(c)
			if err != nil {
				return nil, fmt.Errorf("write %s of %s: %w", j.Name, t.Name, err)
			}
			one.Journeys[j.Name] = line
		}
		if len(one.Journeys) > 0 {
			tenants = append(tenants, one)
		}
	}
	text, err := template.New("workload.js").Parse(source)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := text.Execute(&out, map[string]any{"Origin": o.Origin, "Seed": o.Seed, "Tenants": tenants}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
