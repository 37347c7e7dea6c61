package oracle

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A reference value that no test reads holds nothing.
func TestEveryGroupIsRead(t *testing.T) {
	data, err := files.ReadFile("testdata/oracles.json")
	if err != nil {
		t.Fatal(err)
	}
	var groups map[string]json.RawMessage
	if err := json.Unmarshal(data, &groups); err != nil || len(groups) == 0 {
		t.Fatalf("%d groups, %v", len(groups), err)
	}
	var tests strings.Builder
	err = filepath.WalkDir(filepath.Join("..", ".."), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		tests.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for group := range groups {
		if !strings.Contains(tests.String(), `](t, "`+group+`")`) {
			t.Errorf("no test reads %s", group)
		}
	}
}
