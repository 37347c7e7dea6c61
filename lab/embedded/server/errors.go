package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"example.org/odooharness/lab/embedded/business"
)

// errNoDatabase is the state in which Odoo answers a page without a database:
// none is named, or it cannot be reached.
var errNoDatabase = errors.New("no database is selected")

func sessionExpired() error {
	return business.NewError("odoo.http.SessionExpiredException", "Session expired", http.StatusForbidden, 100)
}

// asOdoo turns any error of an operation into the exception that Odoo's client would
// get.
func asOdoo(err error) *business.Error {
	var already *business.Error
	if errors.As(err, &already) {
		return already
	}
	server := func(name, message string) *business.Error {
		return business.NewError(name, message, http.StatusInternalServerError, 200)
	}
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		switch {
		case pg.Code == "40001":
			return server("psycopg2.errors.SerializationFailure", pg.Message)
		case pg.Code == "40P01":
			return server("psycopg2.errors.DeadlockDetected", pg.Message)
		case pg.Code == "55P03":
			return server("psycopg2.errors.LockNotAvailable", pg.Message)
		case pg.Code == "23505":
			return server("psycopg2.errors.UniqueViolation", pg.Message)
		case strings.HasPrefix(pg.Code, "57P"), strings.HasPrefix(pg.Code, "08"):
			return server("psycopg2.InterfaceError", "connection already closed")
		}
		return server("psycopg2.errors."+pg.Code, pg.Message)
	case connectionLost(err):
		return server("psycopg2.InterfaceError", "connection already closed")
	}
	return server("builtins.ValueError", err.Error())
}

// connectionLost reports whether the connection to PostgreSQL broke.
func connectionLost(err error) bool {
	var network net.Error
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return strings.HasPrefix(pg.Code, "57P") || strings.HasPrefix(pg.Code, "08")
	}
	return errors.As(err, &network) || strings.Contains(err.Error(), "EOF") || strings.Contains(err.Error(), "conn closed")
}

// conflict is the name of a concurrency error in Odoo's log, empty for others.
func conflict(err error) string {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return ""
	}
	switch pg.Code {
	case "40001":
		return "SERIALIZATION_FAILURE"
	case "40P01":
		return "DEADLOCK_DETECTED"
	case "55P03":
		return "LOCK_NOT_AVAILABLE"
	case "23505":
		if pg.ConstraintName == "account_move_unique_name" {
			return "UNIQUE_VIOLATION"
		}
	}
	return ""
}

// exception is the form in which both APIs carry an error.
type exception struct {
	Name      string         `json:"name"`
	Message   string         `json:"message"`
	Arguments []string       `json:"arguments"`
	Context   map[string]any `json:"context"`
	Debug     string         `json:"debug"`
}

// exceptionOf returns the error in that form.
func exceptionOf(e *business.Error) exception {
	return exception{Name: e.Name, Message: e.Message, Arguments: []string{e.Message}, Context: map[string]any{},
		Debug: "Traceback (most recent call last):\n  the embedded target has none\n" + e.Error() + "\n"}
}

// writeError answers in the shape of the API. A failure without a database, or of
// the session store, is a page whatever the API.
func writeError(w http.ResponseWriter, rpc bool, id json.RawMessage, err error) int {
	if errors.Is(err, errNoDatabase) {
		return writePage(w, http.StatusNotFound, "404 Not Found", "<h1>Not Found</h1>\n<p>No database is selected and the "+
			"requested URL was not found in the server-wide controllers.</p>\n")
	}
	var store *storeError
	if errors.As(err, &store) {
		return writePage(w, http.StatusInternalServerError, "500 Internal Server Error", "<h1>Internal Server Error</h1>\n"+
			"<p>The server encountered an internal error and was unable to complete your request.</p>\n")
	}
	e := asOdoo(err)
	if !rpc {
		return writeJSON(w, e.Status, exceptionOf(e))
	}
	message := "Odoo Server Error"
	if e.Code == 100 {
		message = "Odoo Session Expired"
	}
	return writeJSON(w, http.StatusOK, map[string]any{"jsonrpc": "2.0", "id": id,
		"error": map[string]any{"code": e.Code, "message": message, "data": exceptionOf(e)}})
}

func writeJSON[T any](w http.ResponseWriter, status int, value T) int {
	raw, err := json.Marshal(value)
	if err != nil {
		raw, status = []byte(`{"name":"builtins.ValueError","message":"not serialisable"}`), http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // the client may have left
	return status
}

// writePage answers a page in werkzeug's form.
func writePage(w http.ResponseWriter, status int, title, body string) int {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<!doctype html>\n<html lang=en>\n<title>%s</title>\n%s", title, body) // the client may have left
	return status
}
