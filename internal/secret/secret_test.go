package secret

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const marked = "hunter2#%@ 1"

// No verb, no nesting and no log shows a credential.
func TestTextIsNotPrinted(t *testing.T) {
	type tenant struct {
		Name     string
		Password Text
		Keys     []Text
		More     map[string]*Text
	}
	text := Text(marked)
	value := tenant{"t1", text, []Text{text}, map[string]*Text{"a": &text}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %[1]v"} {
		fmt.Fprintf(&out, verb+"\n", text)
		fmt.Fprintf(&out, verb+"\n", value)
		fmt.Fprintf(&out, verb+"\n", &value)
		fmt.Fprintf(&out, verb+"\n", []any{text, value.Keys})
	}
	fmt.Fprintln(&out, text, value, fmt.Errorf("login: %v: %w", text, fmt.Errorf("%s", text)))
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(handler).Info("login", "password", text)
	}
	if got := out.String(); strings.Contains(got, "hunter2") || strings.Contains(got, fmt.Sprintf("%x", "hunter2")) {
		t.Errorf("the credential is in\n%s", got)
	}
	if text.Reveal() != marked || Text("").String() != "" || text.String() != "(hidden)" {
		t.Errorf("revealed %q, printed %q, empty %q", text.Reveal(), text, Text(""))
	}
}

func TestWhere(t *testing.T) {
	for text, want := range map[string]string{
		"http://bob:hunter2@erp.test:8069/odoo?db=x#y": "http://erp.test:8069/odoo",
		"https://erp.test":                     "https://erp.test",
		"postgres://odoo:hunter2@db:5432/main": "postgres://db:5432/main",
		"redis://:hunter2@[::1]:6379/0":        "redis://[::1]:6379/0",
		"http://bob:hunter2%zz@erp.test":       "(an address that cannot be parsed)",
		"http://bob:hunter2#@erp.test":         "(an address that cannot be parsed)",
		"host=db password=hunter2":             "(an address that cannot be parsed)",
		"hunter2":                              "(an address that cannot be parsed)",
		"bob:hunter2":                          "(an address that cannot be parsed)",
	} {
		if got := Where(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		`dial "http://bob:hunter2@erp.test/x": refused`:          `dial "http://erp.test/x": refused`,
		"at redis://:a#b%@c@r:6379/0, postgres://u:p/w@d/main":   "at redis://r:6379/0, postgres://d/main",
		"mail bob@erp.test about https://erp.test/x":             "mail bob@erp.test about https://erp.test/x",
		"s3://key:secret@bucket/prefix and nothing else":         "s3://bucket/prefix and nothing else",
		"tenant t1 at http://127.0.0.1:8069: connection refused": "tenant t1 at http://127.0.0.1:8069: connection refused",
	} {
		if got := Clean(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("http://bob:hunter2@erp.test")
	f.Fuzz(func(t *testing.T, text string) {
		once := Clean(text)
		if len(once) > len(text) {
			t.Errorf("%q grew to %q", text, once)
		}
		Where(text)
	})
}

// A log that is kept has no user info in messages, attributes and groups.
func TestHandlerCleans(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(Handler(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})))
	const url = "http://bob:hunter2@erp.test/x"
	log.With("from", url).WithGroup("g").Info("reach "+url, "to", url, "err", fmt.Errorf("dial %s", url), "n", 3,
		slog.Group("in", "url", url), "key", Text("hunter2"))
	want := `level=INFO msg="reach http://erp.test/x" from=http://erp.test/x g.to=http://erp.test/x g.err="dial http://erp.test/x" g.n=3 ` +
		`g.in.url=http://erp.test/x g.key=(hidden)` + "\n"
	if out.String() != want {
		t.Errorf("got  %swant %s", out.String(), want)
	}
}

// An address whose password would be read as something else is refused before a parser
// shows a part of it.
func TestCheckURL(t *testing.T) {
	for _, good := range []Text{
		"", "postgres://u:p%23@h:5432/db?sslmode=disable", "redis://:p@h:6379/0", "redis://h", "host=h password=a#b", "http://h/a/b",
		"postgres://u:p@h1:1,h2:2/db?target_session_attrs=primary",
	} {
		if err := CheckURL(good); err != nil {
			t.Errorf("%q: %v", good.Reveal(), err)
		}
	}
	for _, bad := range []Text{
		"redis://u:mark#1@h/0", "redis://u:mark%zz@h/0", "redis://u:mark 1@h/0", "postgres://u:mark/1@h/db", "postgres://u:mark?1@h/db", "redis://u:mark\n@h",
		"redis://u:5#mark@h/0", "postgres://u:5/mark@h/db", "redis://u:5?mark@h", // a port, as parsers read it
	} {
		if err := CheckURL(bad); !errors.Is(err, ErrMalformed) || strings.Contains(err.Error(), "mark") {
			t.Errorf("%q: %v", bad.Reveal(), err)
		}
	}
}
