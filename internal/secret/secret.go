// Package secret keeps credentials out of what a person reads: results, logs, reports
// and the terminal.
//
//  1. A credential, or a text that may contain one (a DSN, a URL with user info), has
//     the type [Text]. Printed in any way, also within a struct, it is "(hidden)".
//  2. [Text.Reveal] is the credential itself, for the library that needs it.
//  3. A message that names an address shows [Where] it is: the URL without user info.
//  4. [CheckURL] refuses an address that a parser would misread, before a parser shows it.
//  5. What comes from elsewhere passes [Clean] before it is kept.
//
// Example:
//
//	password := secret.Text(os.Getenv("ODOO_PASSWORD"))
//	fmt.Println(password)          // (hidden)
//	login(user, password.Reveal())
package secret

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
)

// Text is a credential, or a text that may contain one. As JSON it is itself, because
// processes pass credentials to each other in pipes and in files of mode 0600. No type
// of package results has a field of it.
type Text string

// hidden stands for a credential.
const hidden = "(hidden)"

// Texts are credentials from where they are plain.
func Texts(all []string) []Text {
	var texts []Text
	for _, each := range all {
		texts = append(texts, Text(each))
	}
	return texts
}

// Reveal returns the credential.
func (t Text) Reveal() string { return string(t) }

// String implements [fmt.Stringer].
func (t Text) String() string {
	if t == "" {
		return ""
	}
	return hidden
}

// Format implements [fmt.Formatter]: no verb shows the credential.
func (t Text) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(t.String())) }

// LogValue implements [slog.LogValuer].
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// Where returns the address in a URL: without user info, query and fragment. A text that
// is no URL with a host is not shown, since it may be a credential as a whole.
func Where(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return "(an address that cannot be parsed)"
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return shown.String()
}

// ErrMalformed is returned for an address with a credential that cannot be parsed. The
// errors of parsers show parts of it.
var ErrMalformed = errors.New("it cannot be parsed; it is not shown, since it holds a credential. In user and password " +
	"write % as %25, # as %23, @ as %40, / as %2F, ? as %3F and a blank as %20")

// CheckURL returns ErrMalformed for a URL that cannot be parsed, and for one whose
// password would be read as host, path or fragment. Any other text is no URL and passes.
func CheckURL(text Text) error {
	if !strings.Contains(string(text), "://") {
		return nil
	}
	u, err := url.Parse(string(text))
	if err != nil || u.Fragment != "" || strings.Contains(u.Path, "@") || strings.Contains(u.RawQuery, "@") ||
		strings.ContainsAny(string(text), " \t\n") {
		return ErrMalformed
	}
	return nil
}

// userInfo is what precedes the last @ of a URL's authority. A password that is not
// encoded may contain any character but a blank or a quote.
var userInfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s"'<>` + "`" + `]*@`)

// Clean removes the user info of every URL in a text.
func Clean(text string) string { return userInfo.ReplaceAllString(text, "$1") }
