package report

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

var pages = flag.String("pages", "", "a folder to write the fixtures' HTML pages to, for looking at them")

func render(t *testing.T, name string) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, fixtures()[name]); err != nil {
		t.Fatal(err)
	}
	if *pages != "" {
		if err := os.WriteFile(filepath.Join(*pages, name+".html"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// element is a start tag with the text that follows it up to the next tag.
type element struct {
	name string
	attr map[string]string
	text string
}

// elements parses a page and fails when a tag is left open or closed wrongly.
func elements(t *testing.T, source string) []element {
	t.Helper()
	void := map[string]bool{"meta": true, "br": true, "line": true, "circle": true, "rect": true}
	var all []element
	var open []string
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				t.Fatal(z.Err())
			}
			if len(open) > 0 {
				t.Errorf("left open at the end: %v", open)
			}
			return all
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			e := element{name: token.Data, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Key] = a.Val
			}
			all = append(all, e)
			if !void[token.Data] {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			token := z.Token()
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> closes %v", token.Data, open)
			}
			open = open[:len(open)-1]
		case html.TextToken:
			if len(all) > 0 {
				all[len(all)-1].text += z.Token().Data
			}
		}
	}
}

func TestHTMLIsWholeAndSelfContained(t *testing.T) {
	for name := range fixtures() {
		source := render(t, name)
		if len(source) > 1<<20 {
			t.Errorf("%s: %d bytes, want at most 1 MiB", name, len(source))
		}
		ids := map[string]int{}
		for _, e := range elements(t, source) {
			ids[e.attr["id"]]++
			for _, key := range []string{"src", "href", "action", "data", "poster", "srcset"} {
				value, ok := e.attr[key]
				if ok && !strings.HasPrefix(value, "#") {
					t.Errorf("%s: <%s %s=%q> refers outside the page", name, e.name, key, value)
				}
			}
		}
		for _, s := range sections() {
			if ids[s.ID] != 1 {
				t.Errorf("%s: section %s occurs %d times, want once", name, s.ID, ids[s.ID])
			}
		}
		if css := regexp.MustCompile(`url\(|@import`).FindString(source); css != "" {
			t.Errorf("%s: style refers outside the page: %s", name, css)
		}
	}
}

func TestHTMLTablesAreReadableByEar(t *testing.T) {
	tables, captions := 0, 0
	for _, e := range elements(t, render(t, "rich")) {
		switch e.name {
		case "table":
			tables++
		case "caption":
			captions++
			if strings.TrimSpace(e.text) == "" {
				t.Error("an empty caption")
			}
		case "th":
			if e.attr["scope"] == "" {
				t.Errorf("a header cell without scope: %q", e.text)
			}
		case "select", "svg":
			if e.name == "svg" && e.attr["aria-hidden"] == "" && e.attr["aria-label"] == "" {
				t.Error("a drawing with no text for it")
			}
		}
		if e.attr["role"] == "img" && e.attr["aria-label"] == "" {
			t.Error("a chart with no label")
		}
	}
	if tables < 10 || tables != captions {
		t.Errorf("%d tables with %d captions, want at least 10 with one each", tables, captions)
	}
}

func TestHTMLEscapesNames(t *testing.T) {
	source := render(t, "rich")
	if strings.Contains(source, hostile) || strings.Contains(source, `<script>alert`) {
		t.Error("a tenant's name became markup")
	}
	scripts, seen := 0, false
	for _, e := range elements(t, source) {
		if e.name == "script" {
			scripts++
		}
		seen = seen || strings.Contains(e.text, hostile)
	}
	if scripts != 3 {
		t.Errorf("%d scripts, want data, library and charts", scripts)
	}
	if !seen {
		t.Error("the tenant's name is not shown at all")
	}
}

func TestHTMLSaysWhatIsMissing(t *testing.T) {
	for name, wants := range map[string][]string{
		"rich": {"— (n=36 &lt; 72)", "&gt; 20 s", "describe the embedded target, not Odoo",
			"harness run examples/peak-season.yaml --seed 42", "9f86d081884c7d65"},
		"empty":       {"No setup was recorded.", "No fault was injected", "No trial was recorded."},
		"all-invalid": {"was not audited", "— (n=0 &lt; 72)"},
	} {
		source := render(t, name)
		for _, want := range wants {
			if !strings.Contains(source, want) {
				t.Errorf("%s: %q is not in the page", name, want)
			}
		}
	}
}
