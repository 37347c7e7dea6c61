package odoo

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	"example.org/odooharness/results"
)

// Version is the version that a server reports.
type Version struct {
	Text  string // 19.0
	Major int
}

// Version reads the server's version, without a log-in.
func (c *Client) Version(ctx context.Context) (Version, error) {
	c.body.buf = append(c.body.buf[:0], `{"jsonrpc":"2.0","method":"call","params":{}}`...)
	a := c.plain(ctx, "/web/webclient/version_info")
	if !a.OK() {
		return Version{}, fmt.Errorf("read the version: %w", a.Err())
	}
	text := a.JSON().Get("server_version").Str
	major, ok := majorOf(text)
	if !ok {
		return Version{}, fmt.Errorf("read the version: %w", &CallError{
			Outcome: results.ServerError, Detail: fmt.Sprintf("version %q is not Odoo's", text), Status: a.Status,
		})
	}
	return Version{Text: text, Major: major}, nil
}

// majorOf reads 17 from 17.0, saas~17.2 or 17.0+e-20240101.
func majorOf(text string) (int, bool) {
	digits := regexp.MustCompile(`^(?:saas[~-])?(\d+)\.\d`).FindStringSubmatch(text)
	if digits == nil {
		return 0, false
	}
	major, err := strconv.Atoi(digits[1])
	return major, err == nil
}
