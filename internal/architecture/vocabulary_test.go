package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// vocabulary lists the values of results/vocabulary.go by the field that holds them. The kind
// odoo is left out: a lab has a kind of that name, too.
func vocabulary() map[string][]string {
	return map[string][]string{
		"Kind":    {"postgres", "redis", "ingress", "connector", "carrier", "prometheus"},
		"Tenancy": {"shared", "dedicated", "hybrid"},
		"Role":    {"abiding", "disruptive"},
		"Op":      {"order", "confirm", "reserve", "scan", "ship", "purchase", "receive", "invoice", "post", "pay", "import", "see"},
	}
}

// Product code writes results.KindPostgres, not "postgres": a typing error does not compile.
func TestVocabularyIsTyped(t *testing.T) {
	root := filepath.Join("..", "..")
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if path != "." && (strings.HasPrefix(entry.Name(), ".") || underAny(path, "bin testenv results/runs internal/testing e2e")) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, filepath.Join(root, path), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, found := range bare(file) {
			t.Errorf("%s:%d writes %s; use the constant of results/vocabulary.go", path, files.Position(found.Pos()).Line, found.Value)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// bare finds literals of the vocabulary that are compared with, or assigned to, a field of
// its name.
func bare(file *ast.File) []*ast.BasicLit {
	var found []*ast.BasicLit
	check := func(field string, value ast.Expr) {
		literal, ok := value.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			return
		}
		if text, err := strconv.Unquote(literal.Value); err == nil && slices.Contains(vocabulary()[field], text) {
			found = append(found, literal)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if field, ok := n.X.(*ast.SelectorExpr); ok {
				check(field.Sel.Name, n.Y)
			}
		case *ast.KeyValueExpr:
			if field, ok := n.Key.(*ast.Ident); ok {
				check(field.Name, n.Value)
			}
		case *ast.SwitchStmt:
			field, ok := n.Tag.(*ast.SelectorExpr)
			for _, clause := range n.Body.List {
				for _, value := range clause.(*ast.CaseClause).List {
					if ok {
						check(field.Sel.Name, value)
					}
				}
			}
		}
		return true
	})
	return found
}

func TestBareFindsLiterals(t *testing.T) {
	source := `package p
var a = c.Kind == "postgres"
var b = T{Role: "abiding", Name: "abiding"}
func f() { switch s.Tenancy { case "shared", results.Hybrid: } }
var d = lab.Kind == "odoo"
`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, literal := range bare(file) {
		got = append(got, literal.Value)
	}
	if want := []string{`"postgres"`, `"abiding"`, `"shared"`}; !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}
