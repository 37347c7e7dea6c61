package lab

import (
	"bufio"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/internal/lines"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]bool{
		"multi-tenant": true, "t1": true, "": false, "../x": false, "A": false, "a b": false, "-a": false,
	} {
		if got := checkName(name) == nil; got != want {
			t.Errorf("%q: accepted %v, want %v", name, got, want)
		}
	}
}

// A line that is being written is passed on once it is whole.
func TestTail(t *testing.T) {
	var file strings.Builder
	reader := &growing{text: &file}
	growing := &tail{r: bufio.NewReader(reader)}
	var got []string
	log := lines.Logger(func(line string) { got = append(got, line) })
	file.WriteString("one\ntw")
	growing.each(log)
	file.WriteString("o\nthree\n")
	growing.each(log)
	if diff := cmp.Diff([]string{"one", "two", "three"}, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

// growing reads a text while it is written.
type growing struct {
	text *strings.Builder
	at   int
}

func (g *growing) Read(p []byte) (int, error) {
	r := strings.NewReader(g.text.String()[g.at:])
	n, err := r.Read(p)
	g.at += n
	return n, err
}
