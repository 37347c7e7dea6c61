package odoo

import (
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	for text, want := range map[string]string{
		"http://127.0.0.1:8069":                 "http://127.0.0.1:8069",
		"https://erp.example.test/":             "https://erp.example.test",
		"https://erp.example.test/odoo//":       "https://erp.example.test/odoo",
		"http://[::1]:8069":                     "http://[::1]:8069",
		"https://bob:a%23%25%40@erp.test/x":     "https://bob:a%23%25%40@erp.test/x",
		"http://bob:hunter2#x@erp.test":         "url cannot be parsed",
		"http://bob:1#hunter2@erp.test":         "query or a fragment",
		"http://bob:hunter2%zz@erp.test":        "url cannot be parsed",
		"erp.example.test":                      "no scheme",
		"ftp://hunter2@erp.example.test":        "no scheme http",
		"http://":                               "names no host",
		"http://:8069":                          "names no host",
		"http://erp.example.test:":              "empty port",
		"http://erp.example.test:0":             "port 0",
		"http://erp.example.test:70000":         "port 70000",
		"http://erp.example.test:hunter2":       "url cannot be parsed",
		"http://erp.example.test/?db=hunter2":   "query or a fragment",
		"http://bob:hunter2@erp.example.test?a": "query or a fragment",
	} {
		u, err := ParseURL(text)
		switch {
		case strings.HasPrefix(want, "http"):
			if err != nil || u.String() != want {
				t.Errorf("%s: got %v, %v, want %s", text, u, err, want)
			}
		case err == nil || !strings.Contains(err.Error(), want):
			t.Errorf("%s: got %v, want an error with %q", text, err, want)
		case strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: %q shows the password", text, err)
		}
	}
}
