package run

import (
	"iter"
	"sort"
	"sync"

	"example.org/odooharness/results"
)

// JourneysOf yields the journeys of a tenant by intended start, those of all abiding tenants
// for [Everyone]. The time for one tenant does not grow with the number of the others.
func (r *Run) JourneysOf(t *Trial, tenant int) iter.Seq[*Record] {
	return r.journeysFrom(t, tenant, minOffset)
}

// minOffset is before every record.
const minOffset = results.Offset(-1 << 63)

// journeysFrom yields those that are not before a time.
func (r *Run) journeysFrom(t *Trial, tenant int, from results.Offset) iter.Seq[*Record] {
	if tenant == Everyone {
		return func(yield func(*Record) bool) {
			first := sort.Search(len(t.Journeys), func(i int) bool { return t.Journeys[i].At >= from })
			for i := first; i < len(t.Journeys); i++ {
				if rec := &t.Journeys[i]; r.Abiding[rec.Tenant] && !yield(rec) {
					return
				}
			}
		}
	}
	return func(yield func(*Record) bool) {
		at := t.positions(r.Tenants.Len())[tenant]
		first := sort.Search(len(at), func(i int) bool { return t.Journeys[at[i]].At >= from })
		for _, i := range at[first:] {
			if !yield(&t.Journeys[i]) {
				return
			}
		}
	}
}

// StepsOf yields the steps of a tenant in the order in which they ended, those of all abiding
// tenants for [Everyone].
func (r *Run) StepsOf(t *Trial, tenant int) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		for i := range t.Steps {
			if rec := &t.Steps[i]; r.IsOf(rec, tenant) && !yield(rec) {
				return
			}
		}
	}
}

// Among returns, by tenant number, whether a tenant is one of some.
func (r *Run) Among(tenants []int) []bool {
	all := make([]bool, r.Tenants.Len())
	for _, tenant := range tenants {
		all[tenant] = true
	}
	return all
}

// positions are where the journeys of each tenant are, once they are needed.
type positions struct {
	once sync.Once
	at   [][]uint32
}

// positions returns those of each tenant. A trial that [Load] did not read finds them each time.
func (t *Trial) positions(tenants int) [][]uint32 {
	if t.byTenant == nil {
		return positionsOf(t.Journeys, tenants)
	}
	t.byTenant.once.Do(func() { t.byTenant.at = positionsOf(t.Journeys, tenants) })
	return t.byTenant.at
}

func positionsOf(journeys []Record, tenants int) [][]uint32 {
	sizes := make([]int, tenants)
	for i := range journeys {
		sizes[journeys[i].Tenant]++
	}
	all := make([][]uint32, tenants)
	for tenant, n := range sizes {
		all[tenant] = make([]uint32, 0, n)
	}
	for i := range journeys {
		tenant := journeys[i].Tenant
		all[tenant] = append(all[tenant], uint32(i))
	}
	return all
}
