package results

import "iter"

// ArrivalColumns is a batch of samples with the columns that identify an arrival. Row i of the
// batch is entry i of each column. Rows of steps are among them.
type ArrivalColumns struct {
	Scenario, Tenant, Journey, Step NameColumn
	Iteration                       []int64
}

// ArrivalColumns yields the samples of the trial with the columns that identify an arrival.
// A batch is valid until the next one is yielded.
func (t *TrialData) ArrivalColumns() iter.Seq2[*ArrivalColumns, error] {
	return func(yield func(*ArrivalColumns, error) bool) {
		files, err := tableFiles(t.Dir, "samples*")
		var c ArrivalColumns
		columns := []column{
			{"scenario", &c.Scenario, nil}, {"tenant", &c.Tenant, nil}, {"journey", &c.Journey, nil}, {"step", &c.Step, nil},
			{"iteration", nil, &c.Iteration},
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for _, path := range files {
			more, err := eachGroup(path, columns, func(int) bool { return yield(&c, nil) })
			if err != nil {
				yield(nil, err)
			}
			if !more || err != nil {
				return
			}
		}
	}
}
