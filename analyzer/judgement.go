package analyzer

import "example.org/odooharness/results"

// Judgement is everything the analyzer has to say about a run: the verdict, the
// findings, and the tables and curves that reports draw. It is plain data and is
// written to findings.json.
type Judgement struct {
	Schema     int               `json:"schema"`
	Manifest   results.Manifest  `json:"manifest"`
	Verdict    Verdict           `json:"verdict"`
	Reason     string            `json:"reason"` // one sentence, names the deciding finding
	Findings   []Finding         `json:"findings"`
	Windows    []WindowRow       `json:"windows"`
	Steps      []StepRow         `json:"steps"`
	Recoveries []RecoveryRow     `json:"recoveries"`
	Isolation  []IsolationRow    `json:"isolation"`
	Compared   []ComparedRow     `json:"compared"`
	Objectives []ObjectiveRow    `json:"objectives"`
	Trials     []TrialView       `json:"trials"`
	Throughput []ThroughputRow   `json:"throughput"`
	Available  []AvailabilityRow `json:"availability"`
	Budgets    []BudgetRow       `json:"budgets"`
	Capacity   []CapacityRow     `json:"capacity"`
	Curves     []IsolationCurve  `json:"curves"`
	Ratios     []IsolationRatio  `json:"ratios"`
	Links      []LinkRow         `json:"links"`
	Effects    []EffectRow       `json:"effects"`
	Drills     []DrillRow        `json:"drills"`
	Background []BackgroundRow   `json:"background"`
	Backlogs   []BacklogRow      `json:"backlogs"`
	Calls      []CallRow         `json:"calls"`
	Scorecards []Scorecard       `json:"scorecards"`
}

// DrillRow is one recovery or change as it went, with what it cost.
type DrillRow struct {
	Setup     string        `json:"setup"`
	Trial     string        `json:"trial"`
	Drill     results.Drill `json:"drill"`
	Took      Quantity      `json:"took"`       // s, first step to the end of the last
	Offered   int           `json:"offered"`    // journeys that began meanwhile
	Failed    int           `json:"failed"`     // of these
	Sessions  int           `json:"sessions"`   // steps that found their session lost
	Slowdown  Quantity      `json:"slowdown"`   // ratio: median while the backup or the change ran over that of the baseline
	FirstGood Quantity      `json:"first_good"` // s, from the loss of the data to the first acknowledged write
	Back      Quantity      `json:"back"`       // s, from there to service as usual
	Lost      int           `json:"lost"`       // acknowledged writes
	RPO       Quantity      `json:"rpo"`        // s
	Rollback  Quantity      `json:"rollback"`   // s, from the begin of the rollback to its end
}

// BackgroundRow is the background work that was queued in a window, beside what
// people who worked meanwhile saw.
type BackgroundRow struct {
	Setup       string   `json:"setup"`
	Window      string   `json:"window"`
	Kind        string   `json:"kind"`   // of the window
	Tenant      string   `json:"tenant"` // "*": all
	Job         string   `json:"job"`    // label, notice, queue_job
	Queued      int      `json:"queued"`
	Undone      int      `json:"undone"` // when the target was read after the run
	Failed      int      `json:"failed"`
	Repeated    int      `json:"repeated"` // took more than one try
	P50         Quantity `json:"p50"`      // s, queued to done
	P95         Quantity `json:"p95"`
	Longest     Quantity `json:"longest"`
	Interactive Quantity `json:"interactive"` // s, P50 of the tenant's journeys in the window
	Drain       Quantity `json:"drain"`       // s, from the end of the load until the last of them was done
}

// BacklogRow is work that waited in a window: of a tenant, or of a component as a
// whole. Without a row nothing waited.
type BacklogRow struct {
	Setup     string   `json:"setup"`
	Window    string   `json:"window"`
	Kind      string   `json:"kind"`   // of the window
	Tenant    string   `json:"tenant"` // empty: of the component
	Component string   `json:"component"`
	Series    string   `json:"series"`
	What      string   `json:"what"`
	Largest   Quantity `json:"largest"` // count
	Oldest    Quantity `json:"oldest"`  // s that the oldest had waited: the lateness of scheduled jobs
	Drain     Quantity `json:"drain"`   // s, from the end of the window until no more waited than before it
}

// CallRow is what became of the connector's calls to the carrier in a window.
type CallRow struct {
	Setup    string   `json:"setup"`
	Window   string   `json:"window"`
	Kind     string   `json:"kind"` // of the window
	Asked    int      `json:"asked"`
	Refused  int      `json:"refused"`
	Repeated int      `json:"repeated"` // asked again for what was done
	Done     Quantity `json:"done"`     // share of the calls that were not refused
}

// Scorecard is one setup on one page: six domains of reliability, and beside them
// the business workflows.
type Scorecard struct {
	Setup     string         `json:"setup"`
	Words     string         `json:"words"` // for who reads one sentence
	Domains   []ScoreDomain  `json:"domains"`
	Workflows []ScoreMeasure `json:"workflows"`
}

// ScoreDomain is one of the six. Without evidence its verdict is inconclusive and
// Missing says which command measures it.
type ScoreDomain struct {
	Name     string         `json:"name"`
	Verdict  Verdict        `json:"verdict"`
	Words    string         `json:"words"`
	Measures []ScoreMeasure `json:"measures"`
	Missing  string         `json:"missing,omitempty"`
}

// ScoreMeasure is one service level indicator with its objective.
type ScoreMeasure struct {
	Name      string   `json:"name"`
	Objective string   `json:"objective"`
	Figure    Quantity `json:"figure"`
	Verdict   Verdict  `json:"verdict"`
	Finding   string   `json:"finding,omitempty"` // where the evidence is
	Remedy    string   `json:"remedy,omitempty"`
}

// WindowRow describes one tenant in one window of one setup, over its trials:
// journeys as a whole.
type WindowRow struct {
	Setup    string                  `json:"setup"`
	Window   string                  `json:"window"`
	Kind     string                  `json:"kind"`
	Tenant   string                  `json:"tenant"` // "*": all abiding tenants
	Journey  string                  `json:"journey"`
	Seconds  float64                 `json:"seconds"`
	Offered  int                     `json:"offered"`
	Good     int                     `json:"good"`
	Outcomes map[results.Outcome]int `json:"outcomes"`
	Latency  Percentiles             `json:"latency"` // from intended start
	Service  Percentiles             `json:"service"`
}

// StepRow is the same for one step, over the abiding tenants.
type StepRow struct {
	Setup    string                  `json:"setup"`
	Window   string                  `json:"window"`
	Step     string                  `json:"step"`
	Count    int                     `json:"count"`
	Outcomes map[results.Outcome]int `json:"outcomes"`
	Latency  Percentiles             `json:"latency"`
	Service  Percentiles             `json:"service"`
}

// Percentiles of one group, in seconds.
type Percentiles struct {
	P50 Quantity `json:"p50"`
	P90 Quantity `json:"p90"`
	P95 Quantity `json:"p95"`
	P99 Quantity `json:"p99"`
}

// RecoveryRow tells one fault's story in one trial.
type RecoveryRow struct {
	Setup         string                  `json:"setup"`
	Trial         string                  `json:"trial"`
	Injection     results.Injection       `json:"injection"`
	Outcomes      map[results.Outcome]int `json:"outcomes"`        // affected tenants, from in effect to recovered
	Indeterminate int                     `json:"indeterminate"`   // writes
	Affected      []string                `json:"affected"`        // tenants whose service left the baseline band
	Detect        Quantity                `json:"detect"`          // s, in effect to first bin outside the band
	Recover       Quantity                `json:"recover"`         // s, removed to first bin back inside for good
	AreaLost      Quantity                `json:"area_lost"`       // share-seconds of goodput lost
	Robustness    Quantity                `json:"robustness"`      // share still served in the worst bin
	Rapidity      Quantity                `json:"rapidity"`        // share a second gained on the way back
	Alert         *Quantity               `json:"alert,omitempty"` // s, injection to the first alert after it; nil: no Prometheus
	AlertName     string                  `json:"alert_name,omitempty"`
}

// IsolationRow is one abiding tenant under the disruptive one.
type IsolationRow struct {
	Setup    string   `json:"setup"`
	Tenant   string   `json:"tenant"`   // "*" aggregate
	Quantile string   `json:"quantile"` // which percentile the latencies are: p95 where there are arrivals enough
	Base     Quantity `json:"base"`     // s, latency in the reference window
	Disrupt  Quantity `json:"disrupt"`
	Slowdown Quantity `json:"slowdown"` // ratio
	IQoS     Quantity `json:"i_qos"`
	Errors   Quantity `json:"errors"` // share in the disruptive window
}

// ComparedRow sets one setup against another.
type ComparedRow struct {
	A        string   `json:"a"`
	B        string   `json:"b"`
	Journey  string   `json:"journey"`
	Window   string   `json:"window"`
	Quantile string   `json:"quantile"`
	ValueA   Quantity `json:"value_a"`
	ValueB   Quantity `json:"value_b"`
	Ratio    Quantity `json:"ratio"` // B/A
	Verdict  Verdict  `json:"verdict"`
	Words    string   `json:"words"`
}

// ObjectiveRow judges one objective in one setup.
type ObjectiveRow struct {
	Setup     string            `json:"setup"`
	Tenant    string            `json:"tenant"`
	Objective results.Objective `json:"objective"`
	Achieved  Quantity          `json:"achieved"`
	Budget    Quantity          `json:"budget"` // share of the error budget spent
	Burn      Quantity          `json:"burn"`
	Verdict   Verdict           `json:"verdict"`
}

// ThroughputRow is the business side: documents an hour while calm.
type ThroughputRow struct {
	Setup    string   `json:"setup"`
	Tenant   string   `json:"tenant"`
	Document string   `json:"document"` // order, ship, invoice, ...
	PerHour  Quantity `json:"per_hour"`
	Cost     Quantity `json:"cost"` // currency per 1000 documents, Missing without a price
}

// AvailabilityRow is how available a setup was to one tenant, after the warm-up.
type AvailabilityRow struct {
	Setup    string   `json:"setup"`
	Tenant   string   `json:"tenant"`   // "*": all abiding tenants
	Requests Quantity `json:"requests"` // share of arrivals served
	Time     Quantity `json:"time"`     // share of time in which it was up; "*": mean over tenants
	Apdex    Quantity `json:"apdex"`
}

// BudgetRow is what one fault and its aftermath spent of an objective's error budget.
type BudgetRow struct {
	Setup     string   `json:"setup"`
	Fault     string   `json:"fault"`
	Objective string   `json:"objective"`
	Burn      Quantity `json:"burn"`    // times as fast as the objective allows
	Minutes   Quantity `json:"minutes"` // of complete outage that it amounts to, each time
	Month     Quantity `json:"month"`   // share of 30 days' budget, each time, at this run's traffic throughout
}

// LinkRow is a telemetry series that moved with late journeys, beyond chance and the
// load: a link in time, not a cause.
type LinkRow struct {
	Setup       string   `json:"setup"`
	Trial       string   `json:"trial"` // where it is strongest
	Series      string   `json:"series"`
	Component   string   `json:"component"`
	Lead        Quantity `json:"lead"`        // s by which the series moved first; negative: it followed
	Correlation Quantity `json:"correlation"` // at that lead
	Trials      int      `json:"trials"`      // in how many it was found
	Words       string   `json:"words"`
}

// EffectRow is what an injected fault did, against matched windows of the same trials.
type EffectRow struct {
	Setup   string   `json:"setup"`
	Fault   string   `json:"fault"`
	Effect  Quantity `json:"effect"` // share of arrivals made late or lost
	Usual   Quantity `json:"usual"`  // share late or lost in matched windows
	P       Quantity `json:"p"`
	Windows int      `json:"windows"`
	Trials  int      `json:"trials"`
	Verdict Verdict  `json:"verdict"`
	Words   string   `json:"words"`
}

// TrialView holds the curves of one trial for drawing, in bins.
type TrialView struct {
	Trial      results.Trial       `json:"trial"`
	Injections []results.Injection `json:"injections"`
	Windows    []results.Window    `json:"windows"` // as cut by what really happened
	Bin        float64             `json:"bin_s"`
	Curves     []Curve             `json:"curves"`
	Spectrum   []SpectrumLine      `json:"spectrum"`
}

// Curve is one series over a trial, one value a bin; NaN is encoded as null.
//
// Names: p50, p95 (s, from intended start); offered (arrivals planned), started,
// good, errors (1/s); outcome:<class> (1/s) for each outcome class that occurred
// besides ok. Tenant "*" is all abiding tenants together.
type Curve struct {
	Name   string     `json:"name"`
	Tenant string     `json:"tenant"`
	Unit   string     `json:"unit"`
	Values []*float64 `json:"values"`
}

// SpectrumLine is a percentile spectrum (HDR plot) of one window.
type SpectrumLine struct {
	Window string       `json:"window"`
	N      int          `json:"n"`      // samples behind the curve
	Points [][2]float64 `json:"points"` // percentile 0..100, seconds
}
