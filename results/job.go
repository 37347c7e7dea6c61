package results

import "iter"

// Job is one piece of background work, from the queue to its end: read from the
// target's own records after the load. A moment that did not come is -1.
type Job struct {
	Tenant string `parquet:"tenant,dict"`
	Kind   string `parquet:"kind,dict"` // label, notice, queue_job
	Ref    string `parquet:"ref"`
	Queued Offset `parquet:"queued_ns"` // begin of the transaction that asked for it
	Pushed Offset `parquet:"pushed_ns"` // handed to a queue or taken by a worker
	Done   Offset `parquet:"done_ns"`
	Tries  int32  `parquet:"tries"`
	Failed bool   `parquet:"failed"` // given up
}

// Never is the moment of a job that did not come.
const Never Offset = -1

// Jobs yields the background work of the trial.
func (t *TrialData) Jobs() iter.Seq2[Job, error] { return readTables[Job](t.Dir, "jobs") }
