package architecture

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"example.org/odooharness/analyzer/finding"
)

// document is what a Markdown file refers to and can be referred to by.
type document struct {
	links   []string // targets of links within the repository
	anchors []string // of its headings
	code    []string // code spans
	blocks  []string // lines of code blocks
}

// documents reads all Markdown files but test data, by their path from the root.
func documents(t *testing.T) map[string]document {
	t.Helper()
	all := map[string]document{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "bin" || entry.Name() == "runs" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".md" {
			return nil
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		all[filepath.ToSlash(name)] = parseDocument(source)
		return err
	})
	if err != nil || len(all) < 60 {
		t.Fatalf("%d documents, which cannot be all: %v", len(all), err)
	}
	return all
}

func parseDocument(source []byte) document {
	var d document
	tree := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(source))
	_ = ast.Walk(tree, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch node := node.(type) {
		case *ast.Link:
			if target := string(node.Destination); !strings.Contains(target, "://") {
				d.links = append(d.links, target)
			}
		case *ast.Heading:
			d.anchors = append(d.anchors, anchor(string(node.Lines().Value(source))))
		case *ast.CodeSpan:
			for child := node.FirstChild(); child != nil; child = child.NextSibling() {
				d.code = append(d.code, string(child.(*ast.Text).Segment.Value(source)))
			}
		case *ast.FencedCodeBlock:
			d.blocks = append(d.blocks, strings.Split(string(node.Lines().Value(source)), "\n")...)
		}
		return ast.WalkContinue, nil
	})
	return d
}

// anchor is the fragment that a heading has on a web page of the repository.
func anchor(heading string) string {
	kept := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r > 127:
			return r
		}
		return -1
	}, strings.ToLower(heading))
	return kept
}

// Every link within the repository leads to a file, and its fragment to a heading.
func TestLinks(t *testing.T) {
	all := documents(t)
	for name, d := range all {
		for _, link := range d.links {
			target, fragment, _ := strings.Cut(link, "#")
			path := name
			if target != "" {
				path = filepath.ToSlash(filepath.Join(filepath.Dir(name), target))
			}
			if _, err := os.Stat(filepath.Join("..", "..", path)); err != nil {
				t.Errorf("%s links to %s: %v", name, link, err)
			} else if fragment != "" && !slices.Contains(all[path].anchors, fragment) {
				t.Errorf("%s links to %s: no heading has this anchor; there are %q", name, link, all[path].anchors)
			}
		}
	}
}

// Every path and every make target that a document names exists.
func TestNamedFilesAndTargets(t *testing.T) {
	root := filepath.Join("..", "..")
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	path := regexp.MustCompile(`^(analyzer|audit|chaos|cmd|deploy|docs|e2e|examples|experiment|internal|lab|odoo|results|scenarios|telemetry|testenv|\.ci)/[\w./*-]+$`)
	target := regexp.MustCompile(`(?:^|\s)make ([a-z][a-z0-9-]*)`)
	built := []string{"results/runs", "testenv/bin"} // not part of a checkout
	seen := 0
	for name, d := range documents(t) {
		for _, span := range slices.Concat(d.code, d.blocks) {
			span = strings.TrimRight(strings.TrimSpace(span), "/")
			if path.MatchString(span) && !slices.ContainsFunc(built, func(b string) bool { return strings.HasPrefix(span, b) }) {
				seen++
				if found, err := filepath.Glob(filepath.Join(root, span)); err != nil || len(found) == 0 {
					t.Errorf("%s names %s, which does not exist", name, span)
				}
			}
			for _, m := range target.FindAllStringSubmatch(span, -1) {
				seen++
				if !regexp.MustCompile(`(?m)^` + m[1] + `:`).Match(makefile) {
					t.Errorf("%s names make %s, which is not in the Makefile", name, m[1])
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("%d paths and targets found, which cannot be all", seen)
	}
}

// docs/findings/README.md lists the catalogue, in its order.
func TestListOfFindings(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "findings", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, listed, _ := strings.Cut(string(page), "| finding | title |\n|---|---|\n")
	want := ""
	for _, e := range finding.Catalogue() {
		want += "| [" + e.ID + "](" + e.ID + ".md) | " + e.Title + " |\n"
	}
	if listed != want {
		t.Errorf("the table should read:\n%s", want)
	}
}
