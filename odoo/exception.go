package odoo

import (
	"strings"

	"example.org/odooharness/results"
)

// exceptionOutcome is the class of an exception by its qualified Python name, as
// Odoo reports it in data.name (RPC) or name (JSON-2).
//
// Serialization failures, deadlocks and lock timeouts reach a client only after
// Odoo has tried five times itself. Other psycopg2 errors are connections that
// broke in the middle of a transaction, which Odoo does not retry.
func exceptionOutcome(name string) results.Outcome {
	switch name {
	case "odoo.exceptions.UserError", "odoo.exceptions.ValidationError", "odoo.exceptions.RedirectWarning",
		"odoo.exceptions.MissingError", "odoo.exceptions.Warning", "odoo.exceptions.except_orm":
		return results.UserError
	case "odoo.exceptions.AccessError", "odoo.exceptions.AccessDenied",
		"werkzeug.exceptions.Unauthorized", "werkzeug.exceptions.Forbidden":
		return results.Access
	case "odoo.http.SessionExpiredException", "odoo.exceptions.SessionExpiredException":
		return results.SessionLost
	case "odoo.exceptions.ConcurrencyError", "odoo.exceptions.LockError",
		"psycopg2.extensions.TransactionRollbackError":
		return results.Concurrency
	}
	for _, suffix := range []string{".SerializationFailure", ".DeadlockDetected", ".LockNotAvailable"} {
		if strings.HasPrefix(name, "psycopg2.") && strings.HasSuffix(name, suffix) {
			return results.Concurrency
		}
	}
	return results.ServerError
}
