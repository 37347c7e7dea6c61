package business

import (
	"fmt"
	"net/http"
)

// Error is an exception as Odoo's clients see it: RPC answers status 200 with
// the exception inside, JSON-2 a status of its own.
type Error struct {
	Name    string // qualified Python name
	Message string
	Status  int // of JSON-2
	Code    int // of RPC
}

// NewError returns an exception; status is that of JSON-2, code that of RPC.
func NewError(name, message string, status, code int) *Error {
	return &Error{name, message, status, code}
}

func (e *Error) Error() string { return e.Name + ": " + e.Message }

func userError(format string, args ...any) error {
	return &Error{"odoo.exceptions.UserError", fmt.Sprintf(format, args...), http.StatusUnprocessableEntity, 200}
}

func missing(model string, id int64) error {
	return &Error{"odoo.exceptions.MissingError",
		fmt.Sprintf("Record does not exist or has been deleted.\n(Record: %s(%d,), User: 2)", model, id), http.StatusNotFound, 200}
}

// BadArguments is the exception for arguments that a method does not accept.
func BadArguments(err error) error {
	return &Error{"builtins.TypeError", err.Error(), http.StatusUnprocessableEntity, 200}
}
