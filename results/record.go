package results

import "time"

// Offset is a point in time within a trial: nanoseconds since the trial's base
// instant, on one monotonic clock. Every record of a trial uses it.
type Offset int64

// OffsetOf converts a duration since the base instant.
func OffsetOf(d time.Duration) Offset { return Offset(d) }

// Duration returns the offset as a duration since the base instant.
func (o Offset) Duration() time.Duration { return time.Duration(o) }

// Seconds returns the offset in seconds.
func (o Offset) Seconds() float64 { return time.Duration(o).Seconds() }

// Journey is the step name of the record that spans a whole iteration.
const Journey = "journey"

// Sample is one step of one iteration as the client saw it.
//
// Intended is when the step should have begun: the arrival's intended start for
// the first step and for the journey record, the end of the step before for the
// others. Latency is Ended-Intended; service time is Ended-Started.
type Sample struct {
	Scenario  string  `parquet:"scenario,dict"` // entry of the experiment's scenarios list
	Tenant    string  `parquet:"tenant,dict"`
	Journey   string  `parquet:"journey,dict"` // e.g. orders, shipping, tracking
	Step      string  `parquet:"step,dict"`    // e.g. confirm, ship, or "journey"
	Iteration int64   `parquet:"iteration,delta"`
	Intended  Offset  `parquet:"intended_ns,delta"`
	Started   Offset  `parquet:"started_ns,delta"`
	Ended     Offset  `parquet:"ended_ns,delta"`
	Outcome   Outcome `parquet:"outcome,dict"`
	Status    int32   `parquet:"status"`      // HTTP status, 0 when there was none
	Detail    string  `parquet:"detail,dict"` // exception name or transport error, without addresses
	Write     bool    `parquet:"write"`       // the step changes business documents
}

// Latency is the time from the intended start to the end.
func (s Sample) Latency() time.Duration { return time.Duration(s.Ended - s.Intended) }

// Service is the time from the actual start to the end.
func (s Sample) Service() time.Duration { return time.Duration(s.Ended - s.Started) }

// Ack is the answer that the client has for a write.
type Ack string

// The three answers a client can have for a write (Jepsen: ok, fail, info).
const (
	Attempted     Ack = "attempted" // sent, not answered when the run ended
	Acknowledged  Ack = "acknowledged"
	Rejected      Ack = "refused" // Odoo refused it, or nothing was sent: it must not have been done
	Indeterminate Ack = "indeterminate"
)

// Stale is the answer of a journalled read, not of a write: it did not show a write
// that was acknowledged.
const Stale Ack = "stale"

// Write is one journalled business write. Ref is unique in the run and stored
// by Odoo in the document itself (client_order_ref, origin, ref).
type Write struct {
	Tenant    string  `parquet:"tenant,dict"`
	Op        Op      `parquet:"op,dict"`
	Ref       string  `parquet:"ref"`
	Document  int64   `parquet:"document"` // id in Odoo when known, else 0
	Attempted Offset  `parquet:"attempted_ns,delta"`
	Answered  Offset  `parquet:"answered_ns,delta"`
	Ack       Ack     `parquet:"ack,dict"`
	Outcome   Outcome `parquet:"outcome,dict"`
}

// IsRead reports whether the row is a journalled read, not a write.
func (w Write) IsRead() bool { return w.Op == OpSee }

// Point is one reading of a telemetry series.
type Point struct {
	At        Offset  `parquet:"at_ns,delta"`
	Series    string  `parquet:"series,dict"`    // e.g. postgres.sessions.active
	Component string  `parquet:"component,dict"` // e.g. shared/postgres
	Tenant    string  `parquet:"tenant,dict"`    // empty when it is the component's
	Value     float64 `parquet:"value"`
	Unit      string  `parquet:"unit,dict"`   // s, 1/s, count, bytes, ratio
	Better    string  `parquet:"better,dict"` // lower, higher, none
}
