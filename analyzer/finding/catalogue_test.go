package finding_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
)

// Every finding that the code makes is in the catalogue and has its page, and every page
// and entry belongs to a finding that the code makes.
func TestCatalogueMatchesCodeAndPages(t *testing.T) {
	var catalogue, code, pages []string
	for _, e := range finding.Catalogue() {
		catalogue = append(catalogue, e.ID)
		page, err := os.ReadFile(filepath.Join("..", "..", "docs", "findings", e.ID+".md"))
		if err != nil {
			t.Errorf("%s has no page: %v", e.ID, err)
			continue
		}
		if !strings.HasPrefix(string(page), "# "+e.ID+" "+e.Title+"\n") {
			t.Errorf("the page of %s is not titled %q", e.ID, e.Title)
		}
		for _, part := range []string{"**Question.**", "**Method.**", "**Reading.**", "**Remedy.**"} {
			if !strings.Contains(string(page), part) {
				t.Errorf("the page of %s lacks %s", e.ID, part)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join("..", "*", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	id := regexp.MustCompile(`"([A-Z]{3}-\d{3})"`)
	for _, file := range files {
		folder := filepath.Base(filepath.Dir(file))
		if strings.HasSuffix(file, "_test.go") || slices.Contains([]string{"finding", "report", "trend"}, folder) {
			continue // these read findings and make none
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range id.FindAllStringSubmatch(string(source), -1) {
			code = append(code, m[1])
		}
	}
	found, err := filepath.Glob(filepath.Join("..", "..", "docs", "findings", "*-*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range found {
		pages = append(pages, strings.TrimSuffix(filepath.Base(page), ".md"))
	}
	for _, list := range []*[]string{&catalogue, &code, &pages} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	if !slices.Equal(catalogue, code) {
		t.Errorf("catalogue %v, code %v", catalogue, code)
	}
	if !slices.Equal(catalogue, pages) {
		t.Errorf("catalogue %v, pages %v", catalogue, pages)
	}
}
