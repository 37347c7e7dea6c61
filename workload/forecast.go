package workload

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// ForecastConfidence is the confidence of the intervals of a forecast.
const ForecastConfidence = 0.9

// Forecast is the documents expected at a dated peak.
type Forecast struct {
	Version    int        `yaml:"version" json:"version"`
	Date       string     `yaml:"date" json:"date"`                     // of the peak, 2006-01-02
	Name       string     `yaml:"name,omitempty" json:"name,omitempty"` // what the user calls it
	Timezone   string     `yaml:"timezone" json:"timezone"`             // of the date and of the hours
	Confidence float64    `yaml:"confidence" json:"confidence"`         // of all intervals
	Workload   *Input     `yaml:"workload,omitempty" json:"workload,omitempty"`
	Expected   []Expected `yaml:"expected" json:"expected"` // one for each journey of each tenant
	Total      []Expected `yaml:"total" json:"total"`       // one for each journey, over all tenants
	Missing    []Missing  `yaml:"missing,omitempty" json:"missing,omitempty"`
}

// Input is the file that a forecast was made from.
type Input struct {
	Path   string `yaml:"path" json:"path"`
	SHA256 string `yaml:"sha256" json:"sha256"`
}

// Expected is the documents expected of one journey.
//
// The logarithm of PerHour has a Student t distribution: its centre is log(PerHour.Value),
// its scale Spread, its degrees of freedom Freedom. That of PerDay has the same form.
type Expected struct {
	Tenant  string    `yaml:"tenant,omitempty" json:"tenant,omitempty"` // empty: all tenants
	Journey string    `yaml:"journey" json:"journey"`
	PerHour Estimate  `yaml:"perHour" json:"perHour"`       // documents in the busiest hour
	PerDay  Estimate  `yaml:"perDay" json:"perDay"`         // documents of the day
	Hours   []float64 `yaml:"hours,flow" json:"hours"`      // share of each of 24 hours of the day; sum 1
	Spread  float64   `yaml:"spread" json:"spread"`         // scale of log(PerHour)
	Freedom float64   `yaml:"freedom" json:"freedom"`       // degrees of freedom
	Growth  Estimate  `yaml:"growth" json:"growth"`         // factor a year that was used
	Factor  Estimate  `yaml:"factor" json:"factor"`         // peak over an ordinary day, as the peaks before had it
	Peaks   []string  `yaml:"peaks,omitempty" json:"peaks"` // dates of the earlier peaks that were used
	Source  string    `yaml:"source" json:"source"`         // how the figures came about, as a sentence
}

// Quantile returns the documents in the busiest hour that are not exceeded with probability
// p, 0 < p < 1. A uniform random p gives a random draw from the forecast.
func (e Expected) Quantile(p float64) float64 {
	if e.Spread == 0 {
		return e.PerHour.Value
	}
	return e.PerHour.Value * math.Exp(e.Spread*distuv.StudentsT{Mu: 0, Sigma: 1, Nu: e.Freedom}.Quantile(p))
}
