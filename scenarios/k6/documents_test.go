package k6

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.k6.io/k6/lib"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/k6/openarrival"
	"example.org/odooharness/scenarios/wire"
)

// generator is a process of a script with two journeys that take shipments: shipping has 7
// arrivals and needs 2 for each, proofs has 5 and needs 1. There are 4 spare ones. A third
// journey, returns, takes half a document for each of its 4 arrivals.
func generator(t *testing.T, share wire.Share) *Process {
	t.Helper()
	all := make([]wire.Document, 7*2+5*1+4+2)
	for i := range all {
		all[i].ID = int64(i)
	}
	spec := wire.Spec{Name: "load", Tenants: []wire.Tenant{{Tenant: results.Tenant{Name: "t1"}}}, Share: share}
	p, err := newProcess(spec, wire.Documents{"t1": {wire.Shipments: all}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	options := lib.Options{Scenarios: lib.ScenarioConfigs{}, External: map[string]json.RawMessage{
		"odoo": json.RawMessage(`{"seed":{"shipments":{"perArrival":{"shipping":2,"proofs":1,"returns":0.5},"spare":4}}}`),
	}}
	for name, times := range map[string]string{"t1_shipping": "0,1,2,3,4,5,6", "t1_proofs": "0,1,2,3,4", "t1_returns": "0,1,2,3"} {
		config, err := openarrival.Parse(name, []byte(`{"times":[`+times+`]}`), nil)
		if err != nil {
			t.Fatal(err)
		}
		options.Scenarios[name] = config
	}
	if share.Several() {
		segment, sequence := share.Segment()
		if options.ExecutionSegment, err = lib.NewExecutionSegmentFromString(segment); err != nil {
			t.Fatal(err)
		}
		all, err := lib.NewExecutionSegmentSequenceFromString(sequence)
		if err != nil {
			t.Fatal(err)
		}
		options.ExecutionSegmentSequence = &all
	}
	if err := p.allot(options); err != nil {
		t.Fatal(err)
	}
	return p
}

func ids(documents []*wire.Document) []int64 {
	var all []int64
	for _, d := range documents {
		all = append(all, d.ID)
	}
	return all
}

// An arrival takes the same documents whatever the number of generators is: by hand,
// arrival i of proofs the i-th of the first five, arrival i of shipping two of the next
// fourteen. Arrivals start in reverse, as some do on a slow target.
func TestArrivalsOwnDocuments(t *testing.T) {
	for _, of := range []int{1, 2, 3, 8} {
		taken := map[int64]int{}
		for index := range of {
			p := generator(t, wire.Share{Index: index, Of: of})
			pool := p.tenants["t1"].pools[wire.Shipments]
			for i := int64(6); i >= 0; i-- {
				if !p.segment.stripe.Has(i) {
					continue
				}
				got := ids(pool.take("t1_shipping", i, 2))
				if diff := cmp.Diff([]int64{5 + 2*i, 6 + 2*i}, got); diff != "" {
					t.Errorf("generator %d of %d, arrival %d of shipping:\n%s", index+1, of, i, diff)
				}
				if i < 5 {
					got = append(got, ids(pool.take("t1_proofs", i, 1))...)
					if got[2] != i {
						t.Errorf("generator %d of %d, arrival %d of proofs: %d", index+1, of, i, got[2])
					}
				}
				for _, id := range got {
					taken[id]++
				}
			}
		}
		for id := range int64(19) {
			if taken[id] != 1 {
				t.Errorf("%d generators: document %d was taken %d times", of, id, taken[id])
			}
		}
	}
}

// The common documents are divided by stripes. A generator that needs more takes those of
// its own arrivals, the last ones first, and never another's: together they take each once.
func TestCommonDocumentsAreDivided(t *testing.T) {
	for _, of := range []int{1, 2, 3, 8} {
		taken := map[int64]int{}
		for index := range of {
			pool := generator(t, wire.Share{Index: index, Of: of}).tenants["t1"].pools[wire.Shipments]
			var got []int64
			for {
				next := ids(pool.take("t1_returns", 0, 1))
				if len(next) == 0 {
					break
				}
				got = append(got, next...)
				taken[next[0]]++
			}
			if of == 2 && index == 1 {
				// common are 19 to 24, of which 20, 22 and 24 are in its stripe; then its
				// arrivals 5, 3 and 1 of shipping, and 3 and 1 of proofs
				if diff := cmp.Diff([]int64{20, 22, 24, 16, 15, 12, 11, 8, 7, 3, 1}, got); diff != "" {
					t.Errorf("generator 2 of 2 (-want +got):\n%s", diff)
				}
			}
		}
		for id := range int64(25) {
			if taken[id] != 1 {
				t.Errorf("%d generators: document %d was taken %d times", of, id, taken[id])
			}
		}
	}
}

// Iterations of other executors have no number, and take what belongs to no arrival.
func TestIterationsWithoutNumberTakeCommonDocuments(t *testing.T) {
	pool := generator(t, wire.Share{}).tenants["t1"].pools[wire.Shipments]
	if got := ids(pool.take("", 3, 3)); !slices.Equal(got, []int64{19, 20, 21}) {
		t.Errorf("got %v, want the first common ones", got)
	}
	if got := ids(pool.take("t1_shipping", 0, 3)); !slices.Equal(got, []int64{5, 6, 22}) {
		t.Errorf("got %v, want its own two and one more", got)
	}
}
