package results

import "iter"

// ArrivalColumns is a batch of journeys by column: which arrival each row is. Row i of the
// batch is entry i of each column. It has the rows of steps as well.
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
		for more, i := err == nil, 0; more && i < len(files); i++ {
			more, err = eachGroup(files[i], columns, func(int) bool { return yield(&c, nil) })
		}
		if err != nil {
			yield(nil, err)
		}
	}
}
