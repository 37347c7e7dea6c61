package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"example.org/odooharness/results"
)

// Outline is what a script declares before it runs.
type Outline struct {
	Landmarks map[string]time.Duration // since the scenario's start
	Planned   []results.Load           // arrivals, by tenant and journey
	Needs     map[string]Need          // documents each tenant needs, by pool
	Duration  time.Duration            // of its arrivals
	Insecure  bool                     // the script does not verify certificates
}

// Need is how many documents of a pool one tenant needs. In a script either a
// number or {perArrival: {journey: number}, spare: number}.
type Need struct {
	PerArrival map[string]float64 `json:"perArrival"`
	Spare      float64            `json:"spare"`
}

// UnmarshalJSON reads either form.
func (n *Need) UnmarshalJSON(raw []byte) error {
	if json.Unmarshal(raw, &n.Spare) == nil {
		return nil
	}
	type plain Need
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode((*plain)(n)); err != nil {
		return fmt.Errorf("want a number or {perArrival: {journey: number}, spare: number}: %w", err)
	}
	return nil
}

// Extension is options.ext.odoo of a script.
type Extension struct {
	Landmarks map[string]float64 `json:"landmarks"` // seconds
	Seed      map[string]Need    `json:"seed"`
}

// ParseExtension reads options.ext.odoo and returns all that is wrong with it.
func ParseExtension(raw []byte) (Extension, []error) {
	var e Extension
	if len(raw) == 0 {
		return e, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		return e, []error{fmt.Errorf("options.ext.odoo: %w", err)}
	}
	var problems []error
	for name, at := range e.Landmarks {
		if at < 0 || math.IsNaN(at) {
			problems = append(problems, fmt.Errorf("options.ext.odoo.landmarks.%s: want seconds since the start, not %v", name, at))
		}
	}
	for pool := range e.Seed {
		if !slices.Contains(pools(), pool) {
			problems = append(problems, fmt.Errorf("options.ext.odoo.seed.%s: there is no such pool; pools are %s",
				pool, strings.Join(pools(), ", ")))
		}
	}
	sort.Slice(problems, func(i, j int) bool { return problems[i].Error() < problems[j].Error() })
	return e, problems
}

// pools are the names that a script may give a need.
func pools() []string {
	return []string{Products, Partners, Shipments, Orders, Invoiceable, Posted, Tracked, Shelves, Scarce}
}

// Count is how many documents of a pool a tenant needs.
func (o *Outline) Count(tenant, pool string) int {
	need := o.Needs[pool]
	sum := need.Spare
	for journey, each := range need.PerArrival {
		for _, load := range o.Planned {
			if load.Tenant == tenant && load.Journey == journey {
				sum += each * float64(load.Planned)
			}
		}
	}
	return int(math.Ceil(sum))
}
