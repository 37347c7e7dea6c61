package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync"
	"time"

	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/scenarios/record"
	"example.org/odooharness/scenarios/wire"
)

// Generator is a load that an agent offers, as the harness sees it.
type Generator struct {
	coordinator *Coordinator
	agent       *agent
	id          string
	spec        scenarios.Spec

	ready    chan struct{}      // closed when it is ready, or will never be
	progress chan wire.Progress // closed at its end
	done     chan struct{}      // closed after progress

	once sync.Once // guards done and what precedes it

	mu     sync.Mutex // guards what follows
	held   bool       // it was ready
	report *report
	err    error
	over   bool        // no more progress is taken
	limit  *time.Timer // of a load that was stopped
}

// Ready waits until the generator could begin.
func (g *Generator) Ready(ctx context.Context) error {
	select {
	case <-g.ready:
	case <-ctx.Done():
		return fmt.Errorf("wait for generator %s to get ready: %w", g.spec.Generator(), context.Cause(ctx))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.held {
		return errors.New("the generator ended before its load began")
	}
	return nil
}

// Begin sends the base instant.
func (g *Generator) Begin(base time.Time) error {
	at, off := moved(base, time.Now, g.coordinator.config.Clock)
	if !g.agent.send(order{Load: g.id, Begin: &begin{at, off}}) {
		return g.agent.loss()
	}
	return nil
}

// Progress yields the latest counts until the generator ends.
func (g *Generator) Progress() <-chan wire.Progress { return g.progress }

// stopLimit bounds the end of a load that was stopped: that of k6, and the sending of its rows.
const stopLimit = 20*time.Second + finishLimit

// Stop ends the load early. A load that does not end within [stopLimit] is given up.
func (g *Generator) Stop() {
	g.agent.send(order{Load: g.id, Stop: true})
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.limit == nil && !g.over {
		g.limit = time.AfterFunc(stopLimit, func() {
			g.end(fmt.Errorf("%s did not end within %s after it was stopped", g.agent.hello.Host, stopLimit))
		})
	}
}

// Wait waits for the end and returns what the generator knows of itself. Writes that a lost
// generator left unanswered are entered in the journal.
func (g *Generator) Wait() (results.Generator, []results.Load, error) {
	<-g.done
	g.mu.Lock()
	defer g.mu.Unlock()
	recovered := record.Recover(g.spec.Out, g.spec.File())
	generator := results.Generator{}
	if g.report == nil {
		generator.Host, generator.Node = g.agent.hello.Host, g.agent.hello.Node
		return generator, nil, errors.Join(g.err, recovered)
	}
	generator = g.report.Generator
	generator.Host, generator.Node = g.agent.hello.Host, g.agent.hello.Node
	var failed error
	if g.report.Err != "" {
		failed = errors.New(g.report.Err)
	}
	return generator, g.report.Load, errors.Join(failed, g.err, recovered)
}

// watch ends the generator with its agent.
func (g *Generator) watch() {
	select {
	case <-g.done:
	case <-g.agent.lost:
		g.end(g.agent.loss())
	}
}

// end closes the generator, once.
func (g *Generator) end(err error) {
	g.once.Do(func() {
		g.mu.Lock()
		g.err, g.over = err, true
		held := g.held
		if g.limit != nil {
			g.limit.Stop()
		}
		g.mu.Unlock()
		if !held {
			close(g.ready)
		}
		close(g.progress)
		close(g.done)
	})
}

// take keeps a line.
func (g *Generator) take(l line) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.over {
		return
	}
	switch {
	case l.Ready && !g.held:
		g.held = true
		close(g.ready)
	case l.Report != nil:
		g.report = l.Report
	case l.Progress != nil:
		select { // the line before, if nobody took it
		case <-g.progress:
		default:
		}
		g.progress <- *l.Progress
	}
}

// serveLines takes what an agent reports of a load, to its end.
func (c *Coordinator) serveLines(w http.ResponseWriter, r *http.Request) {
	g := c.load(r.PathValue("load"))
	if g == nil {
		http.Error(w, "there is no such load", http.StatusNotFound)
		return
	}
	lines := json.NewDecoder(r.Body)
	for {
		var l line
		if err := lines.Decode(&l); err != nil {
			g.end(fmt.Errorf("%s broke its connection: %w", g.agent.hello.Host, err))
			return
		}
		g.agent.heard()
		g.take(l)
		if l.Report != nil {
			g.tidy()
			g.end(nil)
			return
		}
	}
}

// tidy removes the journal's log of a generator whose journal was closed, or recovered on its
// host: every line of it is in a table.
func (g *Generator) tidy() {
	for _, table := range []string{"", "-recovered"} {
		if _, err := os.Stat(g.path("writes-" + g.spec.File() + table + ".parquet")); err == nil {
			_ = os.Remove(g.path("writes-" + g.spec.File() + ".log")) // one that stays is read, and adds nothing
		}
	}
}

func (c *Coordinator) load(id string) *Generator {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.loads[id]
}
