package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const listed = `# a comment

mutant: Sums are differences
file: ./sum/sum.go
test: ./sum TestSum
test: ./all TestAll|TestMore
 func Sum(a, b int) int {
-	return a + b
+	return a - b
 }
`

func TestParse(t *testing.T) {
	got, err := parse("list", listed)
	want := []mutant{{
		guarantee: "Sums are differences", file: "sum/sum.go", at: "list:3",
		tests: []test{{"./sum", "TestSum"}, {"./all", "TestAll|TestMore"}},
		old:   "func Sum(a, b int) int {\n\treturn a + b\n}\n",
		new:   "func Sum(a, b int) int {\n\treturn a - b\n}\n",
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mutant{}, test{})); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestParseReportsEveryProblem(t *testing.T) {
	_, err := parse("list", "file: a.go\nmutant: x\ntest: ./a\nnonsense\nmutant: y\nfile: b.go\ntest: ./b TestB\n-a\n+a\n")
	for _, want := range []string{
		"list:1: write mutant:", "list:3: write test: PACKAGE PATTERN", "list:4: write mutant:, file:",
		"list:2: a mutant needs", "list:5: a mutant needs",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in:\n%v", want, err)
		}
	}
}

func TestEdit(t *testing.T) {
	m := mutant{at: "list:1", file: "a.go", old: "\tb\n", new: "\tc\n"}
	for text, want := range map[string]string{
		"\ta\n\tb\n": "\ta\n\tc\n",
		"\tb\n":      "\tc\n",
		"\tb\n\tb\n": "", // twice
		"\t\tb\n":    "", // part of a line
		"\ta\n":      "",
	} {
		got, err := m.edit(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("edit of %q: %q, %v; want %q", text, got, err, want)
		}
	}
}

// A module of two files: one mutant dies, one survives, one does not compile, one names no
// test. The files stay as they are.
func TestRun(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("GOFLAGS", "")
	files := map[string]string{
		"go.mod": "module m\n\ngo 1.26\n",
		"m.go":   "package m\n\nfunc Sum(a, b int) int {\n\treturn a + b\n}\n",
		"m_test.go": "package m\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) {\n" +
			"\tif Sum(2, 0) != 2 {\n\t\tt.Fail()\n\t}\n}\n",
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	block := func(guarantee, pattern, line string) string {
		return "mutant: " + guarantee + "\nfile: m.go\ntest: . " + pattern + "\n-\treturn a + b\n+\t" + line + "\n\n"
	}
	list := block("dies", "TestSum", "return b") + block("survives", "TestSum", "return a - b") +
		block("breaks", "TestSum", "return c") + block("elsewhere", "TestOther", "return b")
	if err := os.WriteFile("list", []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := run(t.Context(), options{list: "list", together: 2}, &out)
	for _, want := range []string{
		"SURVIVED: m.go: survives", "m.go: breaks: does not compile", "m.go: elsewhere: no test of . matches TestOther",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in:\n%v", want, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "m.go: dies") || !strings.Contains(out.String(), "m.go: dies") {
		t.Errorf("the first mutant did not die:\n%s\n%v", &out, err)
	}
	for name, text := range files {
		if now, err := os.ReadFile(name); err != nil || string(now) != text {
			t.Errorf("%s was changed: %v", name, err)
		}
	}
	if err := run(t.Context(), options{list: "list", chosen: []string{"dies"}, together: 2}, &out); err != nil {
		t.Errorf("the chosen mutant alone: %v", err)
	}
	if err := os.WriteFile("m_test.go", []byte("package m\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) { t.Fail() }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), options{list: "list", chosen: []string{"dies"}, together: 2}, &out); err == nil || !strings.Contains(err.Error(), "fail without a mutant") {
		t.Errorf("tests that fail anyway: %v", err)
	}
	if err := run(t.Context(), options{list: "list", chosen: []string{"dies"}, together: 2, tested: true}, &out); err != nil {
		t.Errorf("tests that are said to have passed are run first: %v", err)
	}
}

// What has not begun in time is left out and counted. The seed determines which: over some
// seeds, each mutant comes first.
func TestWithin(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("GOFLAGS", "")
	for name, text := range map[string]string{
		"go.mod":    "module m\n\ngo 1.26\n",
		"m.go":      "package m\n\nfunc One() int {\n\treturn 1\n}\n",
		"m_test.go": "package m\n\nimport \"testing\"\n\nfunc TestOne(t *testing.T) {\n\tif One() != 1 {\n\t\tt.Fail()\n\t}\n}\n",
		"list": "mutant: two\nfile: m.go\ntest: . TestOne\n-\treturn 1\n+\treturn 2\n\n" +
			"mutant: three\nfile: m.go\ntest: . TestOne\n-\treturn 1\n+\treturn 3\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	first := func(seed int64) string {
		var out bytes.Buffer
		// The first begins however late it is, and needs longer than the limit.
		err := run(t.Context(), options{list: "list", together: 1, tested: true, within: time.Nanosecond, seed: seed}, &out)
		if err != nil || !strings.Contains(out.String(), "1 of 2 mutants died") || !strings.Contains(out.String(), "1 did not begin within 1ns") {
			t.Errorf("seed %d: %v\n%s", seed, err, &out)
		}
		for _, name := range []string{"two", "three"} {
			if strings.Contains(out.String(), "m.go: "+name) {
				return name
			}
		}
		return ""
	}
	seen := map[string]bool{first(3): true}
	if again := first(3); !seen[again] {
		t.Errorf("seed 3 began with %v, then with %s", seen, again)
	}
	for seed := int64(4); len(seen) < 2 && seed < 40; seed++ {
		seen[first(seed)] = true
	}
	if !seen["two"] || !seen["three"] {
		t.Errorf("began with %v only", seen)
	}
}

// The list of the project can be read, and its old lines are in the files.
func TestListedMutantsApply(t *testing.T) {
	root := filepath.Join("..", "..")
	raw, err := os.ReadFile(filepath.Join(root, ".ci", "mutants"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := parse(".ci/mutants", string(raw))
	if err != nil {
		t.Error(err)
	}
	for _, m := range all {
		text, err := os.ReadFile(filepath.Join(root, m.file))
		if err == nil {
			_, err = m.edit(string(text))
		}
		if err != nil {
			t.Error(err)
		}
	}
}
