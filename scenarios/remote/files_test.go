package remote

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.org/odooharness/scenarios"
	"example.org/odooharness/scenarios/wire"
)

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func generatorIn(dir string) *Generator {
	return &Generator{spec: scenarios.Spec{Name: "dispatch", Out: dir, Share: wire.Share{Index: 1, Of: 3}}}
}

// A generator writes its own files, and nothing else.
func TestOwnFiles(t *testing.T) {
	g := generatorIn("")
	for name, want := range map[string]bool{
		"samples-dispatch.2of3.parquet":          true,
		"samples-dispatch.2of3/0000.parquet":     true,
		"writes-dispatch.2of3.parquet":           true,
		"writes-dispatch.2of3/0001.parquet":      true,
		"writes-dispatch.2of3-recovered.parquet": true,
		"writes-dispatch.2of3.log":               true,
		"k6-dispatch.2of3.log":                   true,
		"samples-dispatch.1of3.parquet":          false,
		"samples-dispatch.2of3":                  false,
		"samples-dispatch.2of3/0000.json":        false,
		"samples-dispatch.2of3/a/0000.parquet":   false,
		"trial.json":                             false,
		"../samples-dispatch.2of3.parquet":       false,
		"samples-dispatch.2of3/../trial.parquet": false,
		"/etc/passwd":                            false,
		"":                                       false,
	} {
		if g.owns(name) != want {
			t.Errorf("%q: want %v", name, want)
		}
	}
}

// A part is kept until its table is there. What arrives with another digest is not kept.
func TestTables(t *testing.T) {
	g := generatorIn(t.TempDir())
	part, table := "samples-dispatch.2of3/0000.parquet", "samples-dispatch.2of3.parquet"
	take := func(name, body, digest string) error { return g.takeTable(name, strings.NewReader(body), digest) }
	must(t, take(part, "rows", digestOf("rows")))
	must(t, take(part, "rows", digestOf("rows"))) // the answer was lost
	if err := take(table, "all ro", digestOf("all rows")); !errors.Is(err, errDigest) {
		t.Errorf("a table that was cut off: %v", err)
	}
	if got := files(t, g.spec.Out); !slices.Equal(got, []string{part}) {
		t.Errorf("files are %v, want the part", got)
	}
	must(t, take(table, "all rows", digestOf("all rows")))
	if got := files(t, g.spec.Out); !slices.Equal(got, []string{table}) {
		t.Errorf("files are %v, want the table", got)
	}
}

// What arrives after the end of a load changes nothing: its rows are read by then.
func TestFilesAfterTheEnd(t *testing.T) {
	g := generatorIn(t.TempDir())
	g.over = true
	name := "samples-dispatch.2of3.parquet"
	if err := g.takeTable(name, strings.NewReader("rows"), digestOf("rows")); !errors.Is(err, errOver) {
		t.Errorf("a table: %v", err)
	}
	if err := g.takePiece("k6-dispatch.2of3.log", strings.NewReader("log"), "0", digestOf("log")); !errors.Is(err, errOver) {
		t.Errorf("a piece: %v", err)
	}
	if got := files(t, g.spec.Out); len(got) > 0 {
		t.Errorf("files are %v", got)
	}
}

// Pieces of a log are put where they belong, also when one comes twice.
func TestPieces(t *testing.T) {
	g := generatorIn(t.TempDir())
	name := "writes-dispatch.2of3.log"
	take := func(at, body string) error { return g.takePiece(name, strings.NewReader(body), at, digestOf(body)) }
	must(t, take("0", "one\n"))
	must(t, take("4", "two\n"))
	must(t, take("4", "two\n"))
	if err := take("12", "four\n"); !errors.Is(err, errOffset) {
		t.Errorf("a piece after a gap: %v", err)
	}
	if err := g.takePiece(name, strings.NewReader("thr"), "8", digestOf("three\n")); !errors.Is(err, errDigest) {
		t.Errorf("a piece that was cut off: %v", err)
	}
	must(t, take("8", "three\n"))
	if got, err := os.ReadFile(g.path(name)); err != nil || string(got) != "one\ntwo\nthree\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// An agent sends each closed table once, what logs have gained, and again what did not arrive.
func TestSent(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	type call struct {
		Name   string
		Offset int64
		Body   string
	}
	var calls []call
	var fails error
	s := &sent{dir: dir, sizes: map[string]int64{}, put: func(_ context.Context, name string, offset int64, body io.Reader, digest string) error {
		raw, err := io.ReadAll(body)
		must(t, err)
		if digest != digestOf(string(raw)) {
			t.Errorf("%s has the digest of something else", name)
		}
		if fails == nil {
			calls = append(calls, call{name, offset, string(raw)})
		}
		return fails
	}}
	round := func(want ...call) {
		t.Helper()
		calls = nil
		err := s.more(t.Context())
		if !errors.Is(err, fails) {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, calls); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
	}
	write("samples-x/0000.parquet", "part")
	write("samples-x/.0001.parquet123", "not yet")
	write("writes-x.log", "one\n")
	round(call{"samples-x/0000.parquet", 0, "part"}, call{"writes-x.log", 0, "one\n"})
	round()
	write("writes-x.log", "one\ntwo\n")
	fails = errors.New("no network")
	round()
	fails = nil
	round(call{"writes-x.log", 4, "two\n"})
	must(t, os.RemoveAll(filepath.Join(dir, "samples-x")))
	write("samples-x.parquet", "part")
	round(call{"samples-x.parquet", 0, "part"})
	write("k6-x.log", string(bytes.Repeat([]byte("k"), mostPiece+1)))
	round(call{"k6-x.log", 0, strings.Repeat("k", mostPiece)}, call{"k6-x.log", mostPiece, "k"})
}

// What a load records is sent while it runs, with each beat, and not with its end alone.
func TestSentWhileTheLoadLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		calls := 0
		s := &sent{dir: dir, sizes: map[string]int64{}, put: func(context.Context, string, int64, io.Reader, string) error {
			calls++
			return nil
		}}
		running, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			(&offering{}).follow(t.Context(), running, s)
		}()
		for i := range 3 {
			must(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.parquet", i)), []byte("part"), 0o600))
			time.Sleep(beat)
			synctest.Wait()
			if calls != i+1 {
				t.Errorf("after %d beats %d parts are sent", i+1, calls)
			}
		}
		end()
		<-done
	})
}
