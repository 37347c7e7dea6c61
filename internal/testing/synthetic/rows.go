package synthetic

import (
	"iter"
	"slices"
	"testing"
	"time"

	"example.org/odooharness/results"
)

// ordersAt are acknowledged orders, attempted at these times.
func ordersAt(attempts []results.Offset) iter.Seq2[results.Write, error] {
	return func(yield func(results.Write, error) bool) {
		for _, at := range attempts {
			if !yield(results.Write{Tenant: "t1", Op: "order", Attempted: at, Ack: results.Acknowledged}, nil) {
				return
			}
		}
	}
}

// At is a time in s since the base instant.
func At(s float64) results.Offset { return results.Offset(s * 1e9) }

// Mark is At for a mark of an injection.
func Mark(s float64) *results.Offset { o := At(s); return &o }

// Rows yields a slice the way a file is read.
func Rows[R any](all []R) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		for _, r := range all {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// Stretch yields samples that are in columns already. Large simulations make no rows:
// with the race detector, copying these takes longer than all of the analysis.
func Stretch(c *results.SampleColumns) iter.Seq2[*results.SampleColumns, error] {
	return func(yield func(*results.SampleColumns, error) bool) { yield(c, nil) }
}

// Columns yields samples the way a file is read by column.
func Columns(all []results.Sample) iter.Seq2[*results.SampleColumns, error] {
	return func(yield func(*results.SampleColumns, error) bool) {
		left := len(all)
		for part := range slices.Chunk(all, 10_000) {
			left -= len(part)
			c := results.SampleColumns{Left: left}
			for i := range part {
				c.Append(part[i])
			}
			if !yield(&c, nil) {
				return
			}
		}
	}
}

// WriteTable writes rows as a table of a trial.
func WriteTable[R any](t testing.TB, dir, base string, rows []R) {
	t.Helper()
	table, err := results.NewTable[R](dir, base, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := table.Append(rows...); err != nil {
		t.Fatal(err)
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
}
