package main

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestSentences(t *testing.T) {
	for _, row := range []struct {
		text  string
		want  []string
		ended bool
	}{
		{"One. Two! Three? four", []string{"One.", "Two!", "Three? four"}, false},
		{"It waits (for 1.5 s). `run` ends.", []string{"It waits (for 1.5 s).", "`run` ends."}, true},
		{"Krebs et al. Measured it, e.g. Ours.", []string{"Krebs et al. Measured it, e.g. Ours."}, true},
		{"See J. Doe. Read report.html first.", []string{"See J. Doe.", "Read report.html first."}, true},
		{"no end", []string{"no end"}, false},
	} {
		got, ended := sentences(row.text)
		if diff := cmp.Diff(row.want, got); diff != "" || ended != row.ended {
			t.Errorf("%q: ended %v, want %v, (-want +got):\n%s", row.text, ended, row.ended, diff)
		}
	}
}

func TestWords(t *testing.T) {
	for _, row := range []struct {
		sentence string
		want     int
	}{
		{"", 0},
		{"It waits 150 ms — then ends.", 6},
		{"`bin/harness\u00a0run\u00a0x.yaml` ends in docs/lab.md, well-known.", 5},
	} {
		if got := words(row.sentence); got != row.want {
			t.Errorf("%q: %d words, want %d", row.sentence, got, row.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	const source = `# A title

Read the [files of a run](docs/results.md), then
run ` + "`make demo` or <b>nothing</b>" + `.

` + "```sh\nwhoever runs this\n```" + `

- an item
- another

  of two paragraphs

| head | cell |
|---|---|
| ` + "`a b`" + ` | It is one. |
`
	want := []text{
		{"x.md", 1, "A title", heading},
		{"x.md", 3, "Read the files of a run, then run `make\u00a0demo` or nothing.", paragraph},
		{"x.md", 10, "an item", piece},
		{"x.md", 11, "another", piece},
		{"x.md", 13, "of two paragraphs", piece},
		{"x.md", 15, "head", piece},
		{"x.md", 15, "cell", piece},
		{"x.md", 17, "`a\u00a0b`", piece},
		{"x.md", 17, "It is one.", piece},
	}
	if diff := cmp.Diff(want, markdown("x.md", []byte(source)), cmp.AllowUnexported(text{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGo(t *testing.T) {
	source := []byte("// Package p\n// is one.\n//\n//\tcode here\npackage p\n\nimport _ \"two words\"\n\n" +
		"type t struct {\n\tF int `json:\"f g\"` // a field\n}\n\n" +
		"func f(n int) string {\n\treturn \"It has %3.1f s. \" +\n\t\tg(n) + \"\\n\\n  an example\\nIt ends.\"\n}\n\nvar one = \"word\"\n")
	got, err := comments("p.go", source)
	if err != nil {
		t.Fatal(err)
	}
	want := []text{{"p.go", 1, "Package p is one.\n", short}, {"p.go", 10, "a field\n", short}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(text{})); diff != "" {
		t.Errorf("comments (-want +got):\n%s", diff)
	}
	got, err = literals("p.go", source, message)
	if err != nil {
		t.Fatal(err)
	}
	want = []text{{"p.go", 14, "It has value s. value. It ends.", message}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(text{})); diff != "" {
		t.Errorf("literals (-want +got):\n%s", diff)
	}
}

func TestPage(t *testing.T) {
	const source = "<!-- a comment here -->\n<p>It has <b>{{.N}}</b> of\n<code>x</code> &amp; more.</p>\n<td>word</td>\n<h2>A title</h2>"
	want := []text{{"x.html", 2, "It has value of x & more.", message}, {"x.html", 5, "A title", message}}
	if diff := cmp.Diff(want, page("x.html", []byte(source)), cmp.AllowUnexported(text{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMarked(t *testing.T) {
	const source = "# One\n# text.\nkey: \"#fff\" # another\n\n  # a third\n"
	want := []text{
		{"x.yaml", 1, "One text.", short},
		{"x.yaml", 3, "another", short},
		{"x.yaml", 5, "a third", short},
	}
	if diff := cmp.Diff(want, marked("x.yaml", []byte(source), "#"), cmp.AllowUnexported(text{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Labels and short fragments do not lower the mean: only the two sentences count.
func TestMean(t *testing.T) {
	found := &tally{}
	for _, one := range []text{
		{prose: "Remedy. This sentence has five words.", kind: paragraph},
		{prose: "a fragment", kind: piece},
		{prose: "This long fragment is a sentence without its full stop", kind: piece},
		{prose: "A heading of five words.", kind: heading},
		{prose: "A message of five words.", kind: message},
	} {
		found.add(one)
	}
	if found.sentences != 2 || found.words != 15 || found.average() != 7.5 {
		t.Errorf("%d sentences, %d words, mean %v, want 2, 15 and 7.5", found.sentences, found.words, found.average())
	}
}

func TestRun(t *testing.T) {
	long := strings.Repeat("word ", 30)
	for _, row := range []struct {
		name string
		tree fstest.MapFS
		want string // problems, a line each
	}{
		{"plain English passes", fstest.MapFS{
			"README.md":       {Data: []byte("The harness reverts each fault. Besides, it reports `take back`.\n")},
			"chaos/a.go":      {Data: []byte("// Revert ends a fault.\npackage chaos\n\nconst long = \"" + long + "end.\"\n")},
			"chaos/a_test.go": {Data: []byte("package chaos\n\nconst s = \"it takes\"\n")},
			"testdata/x.md":   {Data: []byte("Whoever reads this.\n")},
		}, ""},
		{"banned words", fstest.MapFS{
			"README.md":        {Data: []byte("A run\nis done anew.\n")},
			"analyzer/a.go":    {Data: []byte("package analyzer\n\nconst s = \"it takes %d runs\"\n")},
			"chaos/a.go":       {Data: []byte("// end takes every fault back.\npackage chaos\n")},
			"cmd/harness/a.go": {Data: []byte("package main\n\nconst s = \"what it says\"\n")},
			"lab/a.go":         {Data: []byte("package lab\n\nconst s = \"the host is gone\"\n")},
			"a.schema.json":    {Data: []byte("{\n\"a\": {\"description\": \"who may not\"}, \"b\": {\"description\": \"a \\\"who may not\\\"\"}}")},
		}, `README.md:1: "anew": write again, from scratch
cmd/harness/a.go:3: "says": write reports, prints, states
analyzer/a.go:3: "it takes": write it needs
a.schema.json:2: "who may not": write who must not, without permission
a.schema.json:2: "who may not": write who must not, without permission
lab/a.go:3: "gone": write recovered, unavailable, removed
chaos/a.go:1: "takes every fault back": write revert, recover (a fault)
problems: 7, see CONTRIBUTING.md, Language`},
		{"a long sentence", fstest.MapFS{
			"README.md":     {Data: []byte(strings.Repeat("Short one here.\n", 9) + "\n" + long + "end.\n")},
			"analyzer/a.go": {Data: []byte("package analyzer\n\nconst s = \"" + long + "end.\"\n")},
		}, "README.md:11: 31 words in a sentence, at most 30: " + long + "end.\n" +
			"analyzer/a.go:3: 31 words in a sentence, at most 30: " + long + "end.\n" +
			"problems: 2, see CONTRIBUTING.md, Language"},
		{"a long mean", fstest.MapFS{"README.md": {Data: []byte(strings.Repeat("Word ", 17) + "end.\n")}},
			"the mean sentence has 18.0 words, at most 17\nproblems: 1, see CONTRIBUTING.md, Language"},
	} {
		got := ""
		if err := run(row.tree, []string{"docs", "help", "findings", "schemas", "strings", "comments"}); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
	for _, names := range [][]string{nil, {"prose"}} {
		if err := run(fstest.MapFS{}, names); err == nil || !strings.Contains(err.Error(), "comments") {
			t.Errorf("parts %q: error %v, want one that lists the parts", names, err)
		}
	}
}

func TestBans(t *testing.T) {
	for _, list := range []string{"no tab", "(\tunclosed", "word\t"} {
		if _, err := bans(list); err == nil || !strings.HasPrefix(err.Error(), "words.txt:1: ") {
			t.Errorf("%q: error %v, want one with the line", list, err)
		}
	}
}
