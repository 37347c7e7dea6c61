package results

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// random samples with many names, as a script of one's own makes them.
func randomSamples(n int) []Sample {
	random := rand.New(rand.NewPCG(1, 2)) // reproducible on purpose
	all := make([]Sample, n)
	for i := range all {
		s := sample(i)
		s.Tenant = fmt.Sprintf("t%d", random.IntN(5))
		s.Journey = []string{"orders", "shipping", ""}[random.IntN(3)]
		s.Step = fmt.Sprintf("/web/%d", random.IntN(400))
		s.Outcome = Outcomes()[random.IntN(4)]
		s.Ended += Offset(random.ExpFloat64() * 1e8)
		all[i] = s
	}
	return all
}

// Read by column, a table holds what it holds read by row: closed, and as the parts
// that a killed harness leaves.
func TestColumnsAreTheRows(t *testing.T) {
	for _, closed := range []bool{true, false} {
		dir := t.TempDir()
		table, err := NewTable[Sample](dir, "samples-dispatch", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		want := randomSamples(30_000)
		for _, part := range [][]Sample{want[:9000], want[9000:9001], want[9001:]} {
			if err := table.Append(part...); err != nil {
				t.Fatal(err)
			}
			table.mu.Lock()
			table.flush()
			table.mu.Unlock()
		}
		if closed {
			if err := table.Close(); err != nil {
				t.Fatal(err)
			}
		}
		i := 0
		for c, err := range (&TrialData{Dir: dir}).SampleColumns() {
			if err != nil {
				t.Fatal(err)
			}
			for row := range c.Len() {
				if diff := cmp.Diff(projected(want[i]), c.row(row)); diff != "" {
					t.Fatalf("closed %v, row %d: %s", closed, i, diff)
				}
				i++
			}
		}
		if i != len(want) {
			t.Errorf("closed %v: %d rows of %d", closed, i, len(want))
		}
		if !closed {
			if err := table.Close(); err != nil { // ends its goroutine
				t.Fatal(err)
			}
		}
	}
}

// projected leaves of a sample what columns have.
func projected(s Sample) Sample {
	return Sample{Tenant: s.Tenant, Journey: s.Journey, Step: s.Step, Outcome: s.Outcome,
		Intended: s.Intended, Started: s.Started, Ended: s.Ended}
}

func (c *SampleColumns) row(i int) Sample {
	name := func(n NameColumn) string { return n.Names[n.Index[i]] }
	return Sample{Tenant: name(c.Tenant), Journey: name(c.Journey), Step: name(c.Step), Outcome: Outcome(name(c.Outcome)),
		Intended: Offset(c.Intended[i]), Started: Offset(c.Started[i]), Ended: Offset(c.Ended[i])}
}

func TestAppendToColumns(t *testing.T) {
	var c SampleColumns
	want := randomSamples(500)
	for i, s := range want {
		c.Append(s)
		if diff := cmp.Diff(projected(s), c.row(i)); diff != "" {
			t.Fatal(diff)
		}
	}
}
