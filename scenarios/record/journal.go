package record

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"example.org/odooharness/results"
)

// journal is the account of business writes: one row a write in the table, and
// before that one line in a log, written before the request is sent.
type journal struct {
	table *results.Table[results.Write] // nil: nothing is kept
	log   *os.File

	mu     sync.Mutex // guards what follows
	open   map[*Pending]struct{}
	closed bool
	err    error
}

// Pending is a write that was or is about to be sent.
type Pending struct {
	recorder *Recorder
	write    results.Write
}

func logPath(dir, file string) string { return filepath.Join(dir, "writes-"+file+".log") }

func openJournal(dir, file string) (*journal, error) {
	table, err := results.NewTable[results.Write](dir, "writes-"+file, flushEvery)
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(logPath(dir, file), os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, errors.Join(err, table.Close())
	}
	return &journal{table: table, log: log, open: map[*Pending]struct{}{}}, nil
}

// Attempt notes a write before it is sent.
func (r *Recorder) Attempt(tenant, op, ref string, document int64) *Pending {
	p := &Pending{recorder: r, write: results.Write{
		Tenant: tenant, Op: results.Op(op), Ref: ref, Document: document, Attempted: r.Offset(time.Now()), Ack: results.Attempted,
	}}
	r.journal.attempt(p)
	return p
}

func (j *journal) attempt(p *Pending) {
	if j.table == nil {
		return
	}
	line, err := json.Marshal(p.write)
	if err == nil {
		_, err = j.log.Write(append(line, '\n'))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.open[p] = struct{}{}
	if j.err == nil {
		j.err = err
	}
}

// Answer notes the answer that the client got. document is the id when it is known now.
func (p *Pending) Answer(outcome results.Outcome, document int64) {
	p.enter(outcome, AckOf(outcome), document)
}

func (p *Pending) enter(outcome results.Outcome, told results.Ack, document int64) {
	j := p.recorder.journal
	if j.table == nil {
		return
	}
	p.write.Answered = p.recorder.Offset(time.Now())
	p.write.Outcome, p.write.Ack = outcome, told
	if document != 0 {
		p.write.Document = document
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return // kept as attempted
	}
	delete(j.open, p)
	if err := j.table.Append(p.write); err != nil && j.err == nil {
		j.err = err
	}
}

// Seen notes the answer of a journalled read: whether it showed the acknowledged write. A
// failed read counts as refused.
func (p *Pending) Seen(outcome results.Outcome, stale bool) {
	switch {
	case outcome != results.OK:
		p.enter(outcome, results.Rejected, 0)
	case stale:
		p.enter(outcome, results.Stale, 0)
	default:
		p.enter(outcome, results.Acknowledged, 0)
	}
}

// AckOf returns what an outcome means for a write: done, not done, or unknown.
func AckOf(outcome results.Outcome) results.Ack {
	switch {
	case outcome == results.OK:
		return results.Acknowledged
	case outcome.Indeterminate():
		return results.Indeterminate
	}
	return results.Rejected
}

// close keeps unanswered writes as attempted and joins the table.
func (j *journal) close(now results.Offset) error {
	if j.table == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.closed = true
	for p := range j.open {
		w := p.write
		w.Answered, w.Ack, w.Outcome = now, results.Attempted, ""
		if err := j.table.Append(w); err != nil && j.err == nil {
			j.err = err
		}
	}
	if err := errors.Join(j.err, j.table.Close(), j.log.Close()); err != nil {
		return fmt.Errorf("close journal: %w", err)
	}
	return os.Remove(j.log.Name()) // every line of it is in the table
}

// Recover adds to a run the writes that a killed generator had sent and not yet
// entered in its table. It does nothing when the generator closed its journal. It reads no
// other generator's table, which may still be written.
func Recover(dir, file string) error {
	log, err := os.Open(logPath(dir, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("recover journal: %w", err)
	}
	defer log.Close()
	known, err := entered(dir, file)
	if err != nil {
		return fmt.Errorf("recover journal: %w", err)
	}
	table, err := results.NewTable[results.Write](dir, "writes-"+file+"-recovered", flushEvery)
	if err != nil {
		return fmt.Errorf("recover journal: %w", err)
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var w results.Write
		if json.Unmarshal(lines.Bytes(), &w) != nil {
			break // the last line, cut by the kill
		}
		if !known[identity(w)] {
			err = errors.Join(err, table.Append(w))
		}
	}
	if err := errors.Join(err, lines.Err(), table.Close()); err != nil {
		return fmt.Errorf("recover journal: %w", err)
	}
	return os.Remove(log.Name())
}

type writeIdentity struct {
	tenant, ref string
	op          results.Op
	attempted   results.Offset
}

func identity(w results.Write) writeIdentity {
	return writeIdentity{w.Tenant, w.Ref, w.Op, w.Attempted}
}

func entered(dir, file string) (map[writeIdentity]bool, error) {
	known := map[writeIdentity]bool{}
	for w, err := range (&results.TrialData{Dir: dir}).WritesOf("writes-" + file) {
		if err != nil {
			return nil, err
		}
		known[identity(w)] = true
	}
	return known, nil
}
