package forecast

import (
	"math"
)

// Chances are those for which the smallest effect that is found is printed.
func Chances() []float64 { return []float64{0.8, 0.95} }

// Enough is the chance from which on an experiment is taken to find an effect.
const Enough = 0.8

// Printed is a forecast as plan --json has it.
type Printed struct {
	AtMost    int               `json:"at_most"`   // replicates
	Looks     bool              `json:"looks"`     // after each replicate, not once after all
	Level     float64           `json:"level"`     // confidence level of each look
	Seconds   float64           `json:"at_most_s"` // with bringing targets up
	Questions []PrintedQuestion `json:"questions"`
}

// PrintedQuestion is one primary question. Its values are ratios; those of an objective are
// shares of good arrivals.
type PrintedQuestion struct {
	ID         string   `json:"id"`
	Setup      string   `json:"setup"`
	Question   string   `json:"question"`
	Unit       string   `json:"unit"` // ratio, share
	Limit      float64  `json:"limit"`
	Unknown    string   `json:"unknown,omitempty"` // why nothing can be predicted
	Arrivals   float64  `json:"arrivals,omitempty"`
	Percentile float64  `json:"percentile,omitempty"` // that is compared
	Vary       float64  `json:"vary,omitempty"`       // standard deviation of the logarithm between trials
	Runs       int      `json:"runs,omitempty"`       // earlier runs that it comes from, 0: assumed
	Finds      []Found  `json:"finds,omitempty"`
	Detect     *Planned `json:"detect,omitempty"` // with --detect
}

// Found are the nearest true values on both sides of the limit that are found with a chance.
type Found struct {
	Chance float64 `json:"chance"`
	Below  float64 `json:"below"`
	Above  float64 `json:"above"`
}

// Planned is what becomes of a true ratio, and what finds it with [Enough].
type Planned struct {
	Ratio      float64 `json:"ratio"`
	Chance     float64 `json:"chance"`
	Replicates float64 `json:"replicates"`           // on average
	Seconds    float64 `json:"average_s"`            // of so many replicates
	AtMost     int     `json:"at_most,omitempty"`    // replicates that find it, where fewer do not
	MoreLoad   float64 `json:"more_load,omitempty"`  // factor on the arrivals that finds it
	Impossible bool    `json:"impossible,omitempty"` // neither does
}

// Printed returns what plan --json prints. detect is a true ratio, 0 for none.
func (f Forecast) Printed(detect float64) Printed {
	p := Printed{AtMost: f.Design.AtMost, Looks: !f.Design.Fixed, Level: f.Design.Level(),
		Seconds: f.Takes(float64(f.Design.AtMost)).Seconds(), Questions: []PrintedQuestion{}}
	for _, q := range f.Questions {
		p.Questions = append(p.Questions, f.printed(q, detect))
	}
	return p
}

func (f Forecast) printed(q Question, detect float64) PrintedQuestion {
	value := func(v float64) float64 { return v }
	p := PrintedQuestion{ID: q.ID, Setup: q.Scope.Setup, Question: q.Text, Unit: "ratio", Unknown: q.Why}
	if q.Odds {
		p.Unit, value = "share", func(odds float64) float64 { return odds / (1 + odds) }
	}
	if !math.IsInf(q.Limit, 0) {
		p.Limit = value(q.Limit)
	}
	if q.Why != "" {
		return p
	}
	p.Arrivals, p.Percentile, p.Vary, p.Runs = q.Count, q.P, q.Design.Prior.Tau, q.Design.Prior.Runs
	for _, chance := range Chances() {
		below, above := q.Detect(chance)
		p.Finds = append(p.Finds, Found{Chance: chance, Below: value(below), Above: value(above)})
	}
	if detect > 0 && !q.Odds && detect != q.Limit {
		p.Detect = f.planned(q, detect)
	}
	return p
}

func (f Forecast) planned(q Question, detect float64) *Planned {
	course := q.Course(detect)
	p := &Planned{Ratio: detect, Chance: course.Right, Replicates: course.Mean, Seconds: f.Takes(course.Mean).Seconds()}
	if p.Chance >= Enough {
		return p
	}
	p.AtMost, p.MoreLoad = q.Replicates(detect, Enough), q.Longer(detect, Enough)
	p.Impossible = p.AtMost == 0 && p.MoreLoad == 0
	return p
}
