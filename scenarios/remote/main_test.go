package remote

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/scenarios/wire"
)

// The k6 processes are this binary again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "k6" {
		scenarios.Main()
		return
	}
	os.Exit(m.Run())
}

const version = "1.0"

// skewed is the wall clock of a host that is off.
func skewed(by time.Duration) Clock { return func() time.Time { return time.Now().Add(by) } }

// listen starts a coordinator of so many agents.
func listen(t *testing.T, of int) *Coordinator {
	t.Helper()
	c, err := Listen(t.Context(), Config{Listen: "127.0.0.1:0", Of: of, Version: version, Clock: HostClock(),
		Archive: func(_ context.Context, s scenarios.Spec) ([]byte, error) {
			return []byte("archive of " + s.Script), nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// agentOf is the i-th agent of a coordinator, with a fake load.
func agentOf(t *testing.T, c *Coordinator, i int, clock Clock, child *fake) Agent {
	t.Helper()
	return Agent{Address: fmt.Sprintf("127.0.0.1:%d", c.Port()), Certificate: c.Certificate, Token: c.Token, Index: i,
		Version: version, Host: fmt.Sprintf("pod-%d", i), Node: "n1", Dir: t.TempDir(), Clock: clock,
		Log: slog.New(slog.DiscardHandler),
		Begin: func(ctx context.Context, s scenarios.Spec) (Child, error) {
			child.start(ctx, s)
			return child, nil
		}}
}

// running is an agent under way.
type running struct {
	stop context.CancelFunc
	done chan error
}

func serveAgent(t *testing.T, a Agent) running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := running{cancel, make(chan error, 1)}
	go func() { r.done <- a.Run(ctx) }()
	t.Cleanup(cancel)
	return r
}

// fake is a load that waits for its base instant, and ends when it is stopped or finished.
type fake struct {
	spec     scenarios.Spec
	base     chan time.Time
	progress chan wire.Progress
	ended    context.CancelFunc
	over     context.Context
	closing  sync.Once
}

func newFake() *fake {
	over, ended := context.WithCancel(context.Background())
	return &fake{base: make(chan time.Time, 1), progress: make(chan wire.Progress, 1), over: over, ended: ended}
}

func (f *fake) start(ctx context.Context, s scenarios.Spec) {
	f.spec = s
	context.AfterFunc(ctx, f.Stop)
	context.AfterFunc(f.over, func() { f.closing.Do(func() { close(f.progress) }) })
}

func (f *fake) Ready(context.Context) error {
	if f.over.Err() != nil {
		return errors.New("over")
	}
	return nil
}

func (f *fake) Begin(base time.Time) error {
	f.base <- base
	return nil
}

func (f *fake) Progress() <-chan wire.Progress { return f.progress }
func (f *fake) Stop()                          { f.ended() }

func (f *fake) Wait() (results.Generator, []results.Load, error) {
	<-f.over.Done()
	return results.Generator{CPUs: 2, Wall: 3}, []results.Load{{Scenario: f.spec.Name, Planned: 7, Started: 7}}, nil
}

// specOf is a load for the i-th agent of so many.
func specOf(t *testing.T, i, of int) scenarios.Spec {
	t.Helper()
	return scenarios.Spec{Name: "dispatch", Script: "dispatch.js", Out: t.TempDir(), Share: wire.Share{Index: i, Of: of}}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// files are the names of the files in a folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	must(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			all = append(all, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	}))
	slices.Sort(all)
	return all
}
