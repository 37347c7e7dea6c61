package analyzer

// Verdict is the judgement of a finding, and of a run.
type Verdict string

// The verdicts. Informational findings carry Info and decide nothing.
const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"
	Inconclusive Verdict = "inconclusive" // the data cannot decide
	Invalid      Verdict = "invalid"      // the measurement itself is broken
	Info         Verdict = "info"
)

// Quantity is a figure with what is known about its uncertainty. When Lo and Hi
// are nil there is no interval, and Warnings says why. Censored means that the
// true value lies beyond Value.
type Quantity struct {
	Value    float64  `json:"value"`
	Lo       *float64 `json:"lo,omitempty"`
	Hi       *float64 `json:"hi,omitempty"`
	N        int      `json:"n"`
	Unit     string   `json:"unit"` // s, 1/h, ratio, count, share
	Method   string   `json:"method"`
	Level    float64  `json:"level,omitempty"` // confidence level of Lo..Hi
	Censored bool     `json:"censored,omitempty"`
	Missing  bool     `json:"missing,omitempty"` // no figure can be given; Warnings says why
	Need     int      `json:"need,omitempty"`    // samples that a refused percentile would take, with Missing
	Warnings []string `json:"warnings,omitempty"`
}

// Scope says what a finding is about. Empty fields mean all.
type Scope struct {
	Setup    string `json:"setup,omitempty"`
	Trial    string `json:"trial,omitempty"`
	Tenant   string `json:"tenant,omitempty"`
	Journey  string `json:"journey,omitempty"`
	Step     string `json:"step,omitempty"`
	Window   string `json:"window,omitempty"`
	Fault    string `json:"fault,omitempty"`
	Quantile string `json:"quantile,omitempty"`
}

// Finding is one judged statement about a run.
type Finding struct {
	ID       string    `json:"id"` // VAL-001, SLO-001, LAT-, ISO-, RES-, DUR-, CAP-, CMP-, ATT-
	Title    string    `json:"title"`
	Verdict  Verdict   `json:"verdict"`
	Quantity *Quantity `json:"quantity,omitempty"`
	Baseline *Quantity `json:"baseline,omitempty"`
	Scope    Scope     `json:"scope"`
	Because  []string  `json:"because"`
	Remedy   string    `json:"remedy,omitempty"`
}
