package telemetry

import (
	"errors"
	"net/url"
)

// hideURL removes the address from an error of net/http, since it may contain a password
// or a token.
func hideURL(err error) error {
	var where *url.Error
	if errors.As(err, &where) {
		return where.Err
	}
	return err
}
