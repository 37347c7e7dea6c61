package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

func main() {
	if err := run(os.DirFS("."), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// part is what one argument checks.
type part struct {
	files func(file string) bool
	texts func(file string, source []byte) ([]text, error)
}

// parts returns the parts by name.
func parts() map[string]part {
	product := func(file string) bool {
		return strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go")
	}
	help := func(file string) bool {
		return product(file) && (strings.HasPrefix(file, "internal/cli/") || strings.HasPrefix(file, "cmd/"))
	}
	findings := func(file string) bool {
		return strings.HasPrefix(file, "analyzer/") && !strings.HasPrefix(file, "analyzer/stats/internal/") &&
			(product(file) || path.Ext(file) == ".html")
	}
	messages := func(file string, source []byte) ([]text, error) {
		if path.Ext(file) == ".html" {
			return page(file, source), nil
		}
		return literals(file, source, message)
	}
	return map[string]part{
		"docs": {
			func(file string) bool { return strings.HasSuffix(file, ".md") },
			func(file string, source []byte) ([]text, error) { return markdown(file, source), nil },
		},
		"help":     {help, messages},
		"findings": {findings, messages},
		"strings": {
			func(file string) bool { return product(file) && !help(file) && !findings(file) },
			func(file string, source []byte) ([]text, error) { return literals(file, source, short) },
		},
		"schemas": {
			func(file string) bool { return strings.HasSuffix(file, "schema.json") },
			func(file string, source []byte) ([]text, error) { return descriptions(file, source), nil },
		},
		"comments": {func(file string) bool { return commentMarker(file) != "" }, commentsOf},
	}
}

// commentMarker returns what begins a comment in a file of this name, empty when its
// comments are not checked.
func commentMarker(file string) string {
	switch ext := path.Ext(file); {
	case ext == ".go", ext == ".js":
		return "//"
	case ext == ".yaml", ext == ".sh", path.Base(file) == "Makefile", path.Base(file) == "Dockerfile":
		return "#"
	}
	return ""
}

func commentsOf(file string, source []byte) ([]text, error) {
	if path.Ext(file) == ".go" {
		return comments(file, source)
	}
	return marked(file, source, commentMarker(file)), nil
}

// run checks the named parts of a tree and prints the mean length of its sentences. The
// error lists the problems.
func run(tree fs.FS, names []string) error {
	known, err := bans(wordList)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return errors.New("name the parts to check: docs, help, findings, schemas, strings, comments")
	}
	found := &tally{bans: known}
	for _, name := range names {
		one, ok := parts()[name]
		if !ok {
			return fmt.Errorf("%q is no part: write docs, help, findings, schemas, strings or comments", name)
		}
		if err := found.read(tree, one); err != nil {
			return err
		}
	}
	if found.sentences > 0 {
		fmt.Printf("README and docs: %d sentences of %.1f words on average, at most %d\n", found.sentences, found.average(), mean)
	}
	if found.average() > mean {
		found.problems = append(found.problems, fmt.Sprintf("the mean sentence has %.1f words, at most %d", found.average(), mean))
	}
	if len(found.problems) > 0 {
		return fmt.Errorf("%s\nproblems: %d, see CONTRIBUTING.md, Language", strings.Join(found.problems, "\n"), len(found.problems))
	}
	return nil
}

// read adds the texts of a part, file by file. Test data, builds and runs are left out,
// and so is this check, which has to name the words.
func (t *tally) read(tree fs.FS, one part) error {
	return fs.WalkDir(tree, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			skip := entry.Name() == "testdata" || entry.Name() == "bin" || strings.HasPrefix(entry.Name(), ".") && file != "." ||
				file == "results/runs" || file == "internal/language"
			if skip {
				return fs.SkipDir
			}
			return nil
		}
		if !one.files(file) {
			return nil
		}
		source, err := fs.ReadFile(tree, file)
		if err != nil {
			return err
		}
		texts, err := one.texts(file, source)
		if err != nil {
			return err
		}
		for _, each := range texts {
			t.add(each)
		}
		return nil
	})
}
