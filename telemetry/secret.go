package telemetry

import (
	"errors"
	"net/url"
)

// hideURL takes the address out of an error of net/http: it may hold a password
// or a token.
func hideURL(err error) error {
	var where *url.Error
	if errors.As(err, &where) {
		return where.Err
	}
	return err
}
