package production

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/workload"
)

// importRows is the number of records of one transaction from which on they are an import. All
// records of a transaction have the same create_date.
const importRows = 5

// Options is what a collector counts.
type Options struct {
	Zone      *time.Location // of hours and days
	From, To  time.Time      // period; documents outside of it do not count
	ByCompany bool           // a tenant is a company, not a database
}

// Collector counts documents by tenant and journey.
type Collector struct {
	options     Options
	tenants     map[string]map[string]*workload.History // tenant -> journey
	interactive map[string]*interactive                 // tenant
	sources     []workload.Source
	missing     []workload.Missing
}

// New returns a collector without documents.
func New(o Options) *Collector {
	return &Collector{options: o, tenants: map[string]map[string]*workload.History{}, interactive: map[string]*interactive{}}
}

// inPeriod reports whether a time counts.
func (c *Collector) inPeriod(t time.Time) bool {
	return !t.Before(c.options.From) && t.Before(c.options.To)
}

func (c *Collector) history(tenant, journey string) *workload.History {
	if c.tenants[tenant] == nil {
		c.tenants[tenant] = map[string]*workload.History{}
	}
	if c.tenants[tenant][journey] == nil {
		c.tenants[tenant][journey] = &workload.History{}
	}
	return c.tenants[tenant][journey]
}

func (c *Collector) lacks(tenant, what, effect string) {
	m := workload.Missing{Tenant: tenant, What: what, Effect: effect}
	if !slices.Contains(c.missing, m) {
		c.missing = append(c.missing, m)
	}
}

// tenant is the label of a company of a database.
func (c *Collector) tenant(database string, company int64) string {
	if c.options.ByCompany {
		return fmt.Sprintf("company-%d", company)
	}
	return label(database)
}

var unlabelled = regexp.MustCompile(`[^a-z0-9]+`)

// label writes a name as experiments have it: lower case, digits and hyphens.
func label(name string) string {
	name = strings.Trim(unlabelled.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if name == "" {
		return "main"
	}
	return name
}

// source adds what was read, with the days of its documents.
func (c *Collector) source(s workload.Source, seen span) {
	date := func(t time.Time) string { return t.In(c.options.Zone).Format(time.DateOnly) }
	s.From, s.To, s.Documents = date(seen.first), date(seen.last), seen.n
	c.sources = append(c.sources, s)
}

// span is the number and the times of what a source has.
type span struct {
	first, last time.Time
	n           int
}

func (s *span) add(at time.Time, n int) {
	if n <= 0 {
		return
	}
	if s.n == 0 || at.Before(s.first) {
		s.first = at
	}
	if s.n == 0 || at.After(s.last) {
		s.last = at
	}
	s.n += n
}

// Workload fits all that was counted. Journeys with too few days are listed as missing. An error
// means that nothing is left.
func (c *Collector) Workload() (workload.Workload, error) {
	w := workload.Workload{Version: workload.Version, Timezone: c.options.Zone.String(), Sources: c.sources, Missing: c.missing}
	all := map[string]*workload.History{}
	names := slices.Collect(maps.Keys(c.tenants))
	for name := range c.interactive {
		if c.tenants[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		t := workload.Tenant{Name: name, Journeys: []workload.Journey{}}
		var missing []workload.Missing
		t.Journeys, missing = c.fit(c.tenants[name], name)
		w.Missing = append(w.Missing, missing...)
		for journey, h := range c.tenants[name] {
			if all[journey] == nil {
				all[journey] = &workload.History{}
			}
			all[journey].Merge(h)
		}
		if seen := c.interactive[name]; seen != nil {
			t.Interactive = seen.fit()
		}
		if len(t.Journeys) > 0 || t.Interactive != nil {
			w.Tenants = append(w.Tenants, t)
		}
	}
	if len(w.Tenants) > 1 {
		w.Total, _ = c.fit(all, "") // what is missing has been listed for each tenant
	}
	if len(w.Tenants) == 0 {
		return w, errors.Join(errors.New("no journey has enough documents"), missingError(w.Missing))
	}
	return w, nil
}

// fit estimates the journeys of one tenant, in the order of the journeys' names.
func (c *Collector) fit(histories map[string]*workload.History, tenant string) ([]workload.Journey, []workload.Missing) {
	journeys := []workload.Journey{}
	var missing []workload.Missing
	sum := 0
	for _, h := range histories {
		sum += h.Documents()
	}
	for _, name := range slices.Sorted(maps.Keys(histories)) {
		h := histories[name]
		if h.Documents() == 0 {
			continue
		}
		j, lacking, err := workload.Fit(name, h, c.options.Zone, float64(h.Documents())/float64(sum))
		if err != nil {
			missing = append(missing, workload.Missing{Tenant: tenant, What: err.Error(), Effect: "the journey is left out"})
			continue
		}
		for _, m := range lacking {
			m.Tenant = tenant
			missing = append(missing, m)
		}
		journeys = append(journeys, j)
	}
	return journeys, missing
}

func missingError(missing []workload.Missing) error {
	var all []error
	for _, m := range missing {
		all = append(all, fmt.Errorf("%s; %s", strings.TrimSpace(m.Tenant+" "+m.What), m.Effect))
	}
	return errors.Join(all...)
}
