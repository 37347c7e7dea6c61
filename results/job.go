package results

import "iter"

// Job is one piece of background work, from the queue to its end. It is read from the
// target's own records after the load. A time that did not come is [Never], -1.
type Job struct {
	Tenant string `parquet:"tenant,dict"`
	Kind   string `parquet:"kind,dict"` // label, notice, queue_job
	Ref    string `parquet:"ref"`
	Queued Offset `parquet:"queued_ns"` // begin of the transaction that created it
	Pushed Offset `parquet:"pushed_ns"` // sent to a queue or started by a worker
	Done   Offset `parquet:"done_ns"`
	Tries  int32  `parquet:"tries"`
	Failed bool   `parquet:"failed"` // given up
}

// Never is the time of an event of a job that did not come.
const Never Offset = -1

// Jobs yields the background work of the trial.
func (t *TrialData) Jobs() iter.Seq2[Job, error] { return readTables[Job](t.Dir, "jobs*") }
