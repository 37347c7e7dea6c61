package workload

// Version is the version of workload.yaml and of the forecast's file.
const Version = 1

// Confidence is the confidence of every interval of a workload.
const Confidence = 0.95

// Journeys of a tenant. The names are those of the scenarios that ship with the harness.
const (
	Orders    = "orders"    // sale orders entered one by one
	Shipping  = "shipping"  // outgoing pickings done
	Receiving = "receiving" // incoming pickings done
	Invoicing = "invoicing" // customer invoices created
	Payments  = "payments"  // payments created
	Imports   = "imports"   // batches of records created in one transaction
)

// Estimate is a value with its interval.
type Estimate struct {
	Value float64 `yaml:"value"`
	Low   float64 `yaml:"low"`
	High  float64 `yaml:"high"`
}

// Curve is a value with its interval for each hour, weekday or month. The three lists have
// the same length.
type Curve struct {
	Value []float64 `yaml:"value,flow"`
	Low   []float64 `yaml:"low,flow"`
	High  []float64 `yaml:"high,flow"`
}

// Workload is what production did, in counts and times alone: no name and no content.
type Workload struct {
	Version  int       `yaml:"version"`
	Timezone string    `yaml:"timezone"` // IANA name; hours and days are those of this zone
	Sources  []Source  `yaml:"sources"`
	Missing  []Missing `yaml:"missing,omitempty"`
	Tenants  []Tenant  `yaml:"tenants"`
	Total    []Journey `yaml:"total,omitempty"` // over all tenants, when there are several
}

// Source is what was read.
type Source struct {
	Kind      string `yaml:"kind"` // database, csv, dump, access-log
	Name      string `yaml:"name"` // of the database or file, without credentials
	Odoo      string `yaml:"odoo,omitempty"`
	From      string `yaml:"from"` // first day with a document or request, 2006-01-02
	To        string `yaml:"to"`   // last day
	Documents int    `yaml:"documents"`
	ReadOnly  bool   `yaml:"readOnly,omitempty"` // the database confirmed that the transactions were read-only
}

// Missing is what was not found, and what the workload lacks without it.
type Missing struct {
	Tenant string `yaml:"tenant,omitempty"`
	What   string `yaml:"what"`
	Effect string `yaml:"effect"`
}

// Tenant is the load of one database, or of one company of it.
type Tenant struct {
	Name        string       `yaml:"name"`
	Journeys    []Journey    `yaml:"journeys"`
	Interactive *Interactive `yaml:"interactive,omitempty"` // from an access log
}

// Journey is the arrivals of one kind of document. Days at both ends of the history that
// were not recorded as a whole do not count.
type Journey struct {
	Name       string    `yaml:"name"`
	Documents  int       `yaml:"documents"`
	Mix        float64   `yaml:"mix"`              // share of the tenant's documents
	PerDay     Estimate  `yaml:"perDay"`           // documents a day in the last 8 weeks
	Day        Curve     `yaml:"day"`              // share of a day's documents in each of 24 hours; sum 1
	Week       Curve     `yaml:"week"`             // factor of each weekday, Monday first; mean 1
	Year       *Curve    `yaml:"year,omitempty"`   // factor of each month, January first; mean 1; needs a whole year
	Growth     *Estimate `yaml:"growth,omitempty"` // documents of a year over those of the year before; needs 60 weeks
	Burstiness Estimate  `yaml:"burstiness"`       // index of dispersion of counts in 5 minutes; 1: Poisson
	Bursts     float64   `yaml:"bursts"`           // coefficient of variation of the rate between intervals of 5 minutes
	Lines      *Lines    `yaml:"lines,omitempty"`  // lines of a document
	PeakDay    PeakDay   `yaml:"peakDay"`
	PeakHour   PeakHour  `yaml:"peakHour"`
	History    Days      `yaml:"history"`
}

// Lines is the number of lines of a document.
type Lines struct {
	Mean   Estimate `yaml:"mean"`
	Median int      `yaml:"median"`
	P95    int      `yaml:"p95"`
	Max    int      `yaml:"max"`
}

// PeakDay is the day with the most documents.
type PeakDay struct {
	Date      string    `yaml:"date"`
	Documents int       `yaml:"documents"`
	Factor    float64   `yaml:"factor"`     // documents over those of the same weekday in the 4 weeks before and after, median
	Hours     []float64 `yaml:"hours,flow"` // share of each of 24 hours; sum 1
}

// PeakHour is the hour of the clock with the most documents.
type PeakHour struct {
	Start     string    `yaml:"start"` // 2006-01-02T15:04, in the workload's zone
	Documents int       `yaml:"documents"`
	Shares    []float64 `yaml:"shares,flow"` // of each of 12 intervals of 5 minutes; sum 1
}

// Days is the documents of each day, from which a forecast is made.
type Days struct {
	From    string `yaml:"from"`         // date of the first value, 2006-01-02
	Counts  []int  `yaml:"counts,flow"`  // documents a day
	Busiest []int  `yaml:"busiest,flow"` // documents in the busiest hour of each day
}

// Interactive is what users do, from an access log.
type Interactive struct {
	Requests int                `yaml:"requests"`
	PerDay   float64            `yaml:"perDay"` // requests a day of the log
	Mix      map[string]float64 `yaml:"mix"`    // share of each step among the requests; sum 1
	Day      []float64          `yaml:"day,flow"`
	Think    *Think             `yaml:"think,omitempty"`
}

// Think is the pause of a user between the answer to a request and the next request, in seconds.
// Pauses of less than 1 s belong to one page, and those of more than 10 minutes to no session.
type Think struct {
	Pauses int      `yaml:"pauses"`
	Mean   Estimate `yaml:"mean"`
	Median float64  `yaml:"median"`
	P95    float64  `yaml:"p95"`
}
