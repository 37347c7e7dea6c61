package results

// Outcome is the result of one step in Odoo's own terms, not in those of HTTP. Odoo
// answers 200 to most of its errors, and 404 when its database is down.
type Outcome string

// The outcome classes. A class describes what the client saw, not what the server
// did: see [Outcome.Indeterminate].
const (
	OK          Outcome = "ok"           // the call succeeded
	UserError   Outcome = "user_error"   // UserError, ValidationError, a failed import row
	Access      Outcome = "access"       // AccessError, AccessDenied, bad key
	SessionLost Outcome = "session_lost" // SessionExpiredException: the client must log in again
	Concurrency Outcome = "concurrency"  // serialization, deadlock or lock timeout after Odoo's own retries
	ServerError Outcome = "server_error" // any other exception, HTTP 500
	NoDatabase  Outcome = "no_database"  // Odoo answers, its PostgreSQL does not (404 "No database is selected")
	Gateway     Outcome = "gateway"      // 502, 503, 504 from the ingress
	Timeout     Outcome = "timeout"      // the client gave up waiting
	Refused     Outcome = "refused"      // connection refused: nothing was sent
	Reset       Outcome = "reset"        // the connection broke after the request was sent
	Dropped     Outcome = "dropped"      // an arrival that never started: lost load
	ScriptError Outcome = "script_error" // the scenario itself threw
)

// Outcomes lists every class in the order in which reports show them.
func Outcomes() []Outcome {
	return []Outcome{
		OK, UserError, Access, SessionLost, Concurrency, ServerError, NoDatabase,
		Gateway, Timeout, Refused, Reset, Dropped, ScriptError,
	}
}

// Good reports whether the step counts as served: only [OK] does.
func (o Outcome) Good() bool { return o == OK }

// Indeterminate reports whether a write with this outcome may or may not have been
// done: the request was sent, and no answer of Odoo's settles it.
func (o Outcome) Indeterminate() bool {
	switch o {
	case Gateway, Timeout, Reset, ServerError:
		return true
	}
	return false
}
