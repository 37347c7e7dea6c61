package bucket

import (
	"errors"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// growing is a run that is made, with a mirror of it, and a fetch into one folder.
type growing struct {
	t      *testing.T
	mirror *Mirror
	store  *Store
	dir    string // of the run
	copies string
}

func grow(t *testing.T) *growing {
	s := open(t, "s3://runs/team")
	dir := made(t, time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC))
	return &growing{t: t, mirror: s.Mirror(filepath.Dir(filepath.Dir(dir))), store: s, dir: dir, copies: t.TempDir()}
}

func (g *growing) write(name, text string) {
	g.t.Helper()
	path := filepath.Join(g.dir, "trials", "01-here", filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		g.t.Fatal(err)
	}
}

func (g *growing) remove(name string) {
	g.t.Helper()
	if err := os.RemoveAll(filepath.Join(g.dir, "trials", "01-here", filepath.FromSlash(name))); err != nil {
		g.t.Fatal(err)
	}
}

// look looks, at logs too, as if time had passed.
func (g *growing) look() {
	g.t.Helper()
	g.mirror.looked = time.Time{}
	if err := g.mirror.Look(g.t.Context()); err != nil {
		g.t.Fatal(err)
	}
}

// fetch fetches the latest run of the store.
func (g *growing) fetch() (dir string) {
	g.t.Helper()
	s := *g.store
	s.Prefix = "team/cutoff/latest"
	dir, err := s.Fetch(g.t.Context(), g.copies)
	if err != nil {
		g.t.Fatal(err)
	}
	return dir
}

// same fails when the latest run in the store is not that of the folder.
func (g *growing) same(what string) {
	g.t.Helper()
	dir := g.fetch()
	if diff := cmp.Diff(files(g.t, g.dir), files(g.t, dir)); diff != "" {
		g.t.Errorf("%s (-here +fetched):\n%s", what, diff)
	}
}

// before calls back before the first request of a method for an object. The store refuses the
// request unless the callback returns true.
func (g *growing) before(method, object string, callback func() bool) {
	g.t.Helper()
	transport, err := minio.DefaultTransport(false)
	if err != nil {
		g.t.Fatal(err)
	}
	g.store.client, err = minio.New(g.store.client.EndpointURL().Host, &minio.Options{Creds: credentials.NewEnvAWS(), Region: "us-east-1",
		Transport: &watched{RoundTripper: transport, method: method, object: object, callback: callback}})
	if err != nil {
		g.t.Fatal(err)
	}
}

// watched is a transport that calls back once.
type watched struct {
	http.RoundTripper
	method, object string
	callback       func() bool
	once           sync.Once
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	pass := true
	if r.Method == w.method && path.Base(r.URL.Path) == w.object {
		w.once.Do(func() { pass = w.callback() })
	}
	if pass {
		return w.RoundTripper.RoundTrip(r)
	}
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// objects are the names of what is in the store of the trial.
func (g *growing) objects() (all []string) {
	g.t.Helper()
	names, err := g.store.list(g.t.Context(), "team/cutoff/"+filepath.Base(g.dir)+"/trials/01-here")
	if err != nil {
		g.t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

// At each moment of a run, a fetch has what the folder has: parts of tables, logs that grow,
// documents that change, and tables that were joined.
func TestMirrorHasTheRunSoFar(t *testing.T) {
	g := grow(t)
	g.write("samples-x/0000.parquet", "rows")
	g.write("k6-x.log", "one\n")
	g.write("log.txt", "w")
	g.look()
	g.same("the first part")
	g.write("samples-x/0001.parquet", "more rows")
	g.write("samples-x/.0002.parquet123", "not whole yet")
	g.write("k6-x.log", "one\ntwo\n")
	g.write("log.txt", strings.Repeat("words ", 2))
	g.write("injections.json", "[1]")
	g.look()
	g.remove("samples-x/.0002.parquet123")
	g.same("the second part")
	g.write("k6-x.log", "one\ntwo\nthree\n")
	g.write("injections.json", "[2]")
	g.look()
	g.same("a document that has changed, with the same size")
	want := []string{"injections.json", "k6-x.log.pieces/000000000000", "k6-x.log.pieces/000000000004", "k6-x.log.pieces/000000000008",
		"log.txt.pieces/000000000000", "log.txt.pieces/000000000001", "samples-x/0000.parquet", "samples-x/0001.parquet", "trial.json"}
	if diff := cmp.Diff(want, g.objects()); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}

	g.remove("samples-x")
	g.look() // as one that begins before the joined table has its name
	if n := len(g.objects()); n != len(want) {
		t.Errorf("rows are removed before the joined table is there: %v", g.objects())
	}
	g.write("samples-x.parquet", "rows and more rows")
	g.look()
	g.same("a joined table")

	g.write("samples-y.parquet", "of the last moment")
	at, err := g.mirror.Finish(t.Context(), g.dir)
	if err != nil || at.String() != "s3://runs/team/cutoff/"+filepath.Base(g.dir) {
		t.Errorf("finished at %s, %v", at, err)
	}
	g.same("the whole run")
	if diff := cmp.Diff([]string{"injections.json", "k6-x.log", "log.txt", "samples-x.parquet", "samples-y.parquet", "trial.json"},
		g.objects()); diff != "" {
		t.Errorf("objects at the end (-want +got):\n%s", diff)
	}
}

// A store that does not answer does not stop the mirror: it sends all of it later.
func TestMirrorGoesOn(t *testing.T) {
	g := grow(t)
	bucket := g.store.Bucket
	g.store.Bucket = "not-there"
	g.write("samples-x/0000.parquet", "rows")
	g.write("k6-x.log", "one\n")
	if err := g.mirror.Look(t.Context()); err == nil || !strings.Contains(err.Error(), "send the run to s3://not-there/team") {
		t.Errorf("a bucket that is not there: %v", err)
	}
	g.store.Bucket = bucket
	g.write("k6-x.log", "one\ntwo\n")
	g.look()
	g.same("after the store answers again")
}

// A part of a table is sent once: a long trial has thousands of them.
func TestMirrorSendsPartsOnce(t *testing.T) {
	g := grow(t)
	g.write("samples-x/0000.parquet", "rows")
	g.look()
	g.before(http.MethodPut, "0000.parquet", func() bool {
		t.Error("a part is sent again")
		return true
	})
	g.look()
}

// A run that could not be named the latest is named so by the next look.
func TestMirrorNamesTheLatestRun(t *testing.T) {
	g := grow(t)
	g.before(http.MethodPut, latest, func() bool { return false })
	if err := g.mirror.Look(t.Context()); err == nil {
		t.Error("a refused name is no error")
	}
	g.look()
	g.same("a run that the next look names")
}

// Documents in the store never count on rows that are not there: rows that came during a look,
// or rows that the store refused.
func TestMirrorSendsRowsFirst(t *testing.T) {
	for what, refused := range map[string]bool{"rows that come during a look": false, "rows that are refused": true} {
		t.Run(what, func(t *testing.T) {
			g := grow(t)
			g.write("samples-x/0000.parquet", "rows")
			g.write("injections.json", "[1]")
			g.before(http.MethodPut, "0000.parquet", func() bool {
				if refused {
					return false
				}
				g.write("samples-x/0001.parquet", "more rows")
				g.write("injections.json", "[1, 2]")
				return true
			})
			if err := g.mirror.Look(t.Context()); (err != nil) != refused {
				t.Errorf("look: %v", err)
			}
			if all := g.objects(); slices.Contains(all, "injections.json") {
				t.Errorf("a document is ahead of its rows: %v", all)
			}
			g.look()
			g.same("the next look")
		})
	}
}

// A run goes on while it is fetched: the fetch has all rows that its documents count on.
func TestFetchOfARunThatGoesOn(t *testing.T) {
	for what, c := range map[string]struct {
		object string // that the fetch requests when the run changes
		change func(*growing)
	}{
		"rows come, and a document that counts on them": {"injections.json", func(g *growing) {
			g.write("samples-x/0001.parquet", "more rows")
			g.write("injections.json", "[1, 2]")
			g.look()
		}},
		"parts are joined":  {"0000.parquet", (*growing).finish},
		"a log comes whole": {"000000000000", (*growing).finish},
	} {
		t.Run(what, func(t *testing.T) {
			g := grow(t)
			g.write("samples-x/0000.parquet", "rows")
			g.write("injections.json", "[1]")
			g.write("k6-x.log", "one\n")
			g.look()
			g.before(http.MethodGet, c.object, func() bool {
				c.change(g)
				return true
			})
			g.same("the fetched run")
		})
	}
}

// finish joins the table, and sends the whole run.
func (g *growing) finish() {
	g.remove("samples-x")
	g.write("samples-x.parquet", "rows and more rows")
	if _, err := g.mirror.Finish(g.t.Context(), g.dir); err != nil {
		g.t.Error(err)
	}
}
