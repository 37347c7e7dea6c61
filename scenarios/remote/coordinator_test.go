package remote

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.org/odooharness/scenarios"
	"example.org/odooharness/scenarios/wire"
)

// Three hosts whose clocks are off by -200, 0 and +300 ms begin at one instant, up to the
// bounds that they report. Without the correction the first two begin 0.2 s apart.
func TestClocksThatAreOff(t *testing.T) {
	t.Parallel()
	offsets := []time.Duration{-200 * time.Millisecond, 0, 300 * time.Millisecond}
	c := listen(t, len(offsets))
	var fakes []*fake
	for i, offset := range offsets {
		fakes = append(fakes, newFake())
		serveAgent(t, agentOf(t, c, i, skewed(offset), fakes[i]))
	}
	must(t, c.Await(t.Context()))
	var generators []*Generator
	for i := range offsets {
		g, err := c.Start(t.Context(), specOf(t, i, len(offsets)))
		must(t, err)
		must(t, g.Ready(t.Context()))
		generators = append(generators, g)
	}
	base := time.Now().Add(time.Minute)
	for _, g := range generators {
		must(t, g.Begin(base))
	}
	for i, g := range generators {
		got := <-fakes[i].base
		fakes[i].Stop()
		generator, load, err := g.Wait()
		must(t, err)
		clock := generator.Clock
		if clock == nil || clock.Error <= 0 {
			t.Fatalf("generator %d has the clock %+v", i+1, clock)
		}
		if off := got.Sub(base).Abs().Seconds(); off > clock.Error+0.001 {
			t.Errorf("generator %d begins %.4f s off, more than its bound of %.4f s", i+1, off, clock.Error)
		}
		if off := clock.Offset + offsets[i].Seconds(); max(off, -off) > clock.Error+0.001 {
			t.Errorf("generator %d has the offset %v, want %v within %v", i+1, clock.Offset, -offsets[i].Seconds(), clock.Error)
		}
		if generator.Host == "" || generator.Node != "n1" || len(load) != 1 || load[0].Planned != 7 {
			t.Errorf("%+v %+v: the host, the node or the load is missing", generator, load)
		}
	}
}

// An agent whose process ends is lost at once: its load ends with its name, before and after
// the begin, and the others go on.
func TestLostAgent(t *testing.T) {
	t.Parallel()
	c := listen(t, 2)
	fakes := []*fake{newFake(), newFake()}
	agents := []running{serveAgent(t, agentOf(t, c, 0, HostClock(), fakes[0])), serveAgent(t, agentOf(t, c, 1, HostClock(), fakes[1]))}
	must(t, c.Await(t.Context()))
	var generators []*Generator
	for i := range fakes {
		g, err := c.Start(t.Context(), specOf(t, i, 2))
		must(t, err)
		must(t, g.Ready(t.Context()))
		must(t, g.Begin(time.Now()))
		<-fakes[i].base
		generators = append(generators, g)
	}
	agents[0].stop()
	generator, load, err := generators[0].Wait()
	if err == nil || !strings.Contains(err.Error(), "pod-0") || generator.Host != "pod-0" {
		t.Errorf("%+v %+v: %v; want an error with the name of the pod", generator, load, err)
	}
	for range generators[0].Progress() {
		t.Error("progress of a load that is over")
	}
	fakes[1].Stop()
	if _, load, err := generators[1].Wait(); err != nil || len(load) != 1 {
		t.Errorf("the other generator: %+v, %v", load, err)
	}
}

// An agent that gives no sign of life is lost after five seconds. One that does is not.
func TestSilentAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Coordinator{config: Config{Of: 2, Version: version}, agents: map[int]*agent{}, losses: map[int]error{}, changed: make(chan struct{})}
		silent, err := c.join(hello{Index: 0, Version: version, Host: "pod-0"})
		must(t, err)
		alive, err := c.join(hello{Index: 1, Version: version, Host: "pod-1"})
		must(t, err)
		for range 2 * Silence / beat {
			time.Sleep(beat)
			alive.heard()
		}
		select {
		case <-silent.lost:
			if got := silent.loss().Error(); got != "pod-0 was lost: it was silent for 5s" {
				t.Error(got)
			}
		default:
			t.Error("the silent agent is not lost")
		}
		select {
		case <-alive.lost:
			t.Error("the other agent is lost")
		default:
		}
		alive.end(errNoMore)
		c.leave(alive)
	})
}

// A coordinator that ends leaves no agent: what they offer is stopped. With Close they end
// without an error.
func TestAgentsEndWithTheirCoordinator(t *testing.T) {
	t.Parallel()
	c := listen(t, 1)
	child := newFake()
	agent := serveAgent(t, agentOf(t, c, 0, HostClock(), child))
	must(t, c.Await(t.Context()))
	g, err := c.Start(t.Context(), specOf(t, 0, 1))
	must(t, err)
	must(t, g.Ready(t.Context()))
	must(t, c.server.Close()) // as the end of the process would
	if err := <-agent.done; err == nil {
		t.Error("the agent ended without an error")
	}
	<-child.over.Done()

	c = listen(t, 1)
	agent = serveAgent(t, agentOf(t, c, 0, HostClock(), newFake()))
	must(t, c.Await(t.Context()))
	must(t, c.Close())
	if err := <-agent.done; err != nil {
		t.Errorf("after the last load: %v", err)
	}
}

// An agent that does not fit is refused, with the reason.
func TestRefusedAgents(t *testing.T) {
	t.Parallel()
	c := listen(t, 2)
	serveAgent(t, agentOf(t, c, 0, HostClock(), newFake()))
	until(t, c, func() bool { return len(agentsOf(c)) == 1 })
	for name, x := range map[string]struct {
		change func(*Agent)
		want   string
	}{
		"the number is taken": {func(a *Agent) { a.Index = 0 }, "generator 1 is there already, on pod-0"},
		"one too many":        {func(a *Agent) { a.Index = 2 }, "generator 3 is one too many: the experiment has 2"},
		"another version":     {func(a *Agent) { a.Version = "0.9" }, "generator 2 is harness 0.9, and the coordinator is 1.0"},
		"another token":       {func(a *Agent) { a.Token = "guess" }, "the token is another one"},
		"no certificate":      {func(a *Agent) { a.Certificate = []byte("none") }, "is not PEM"},
	} {
		a := agentOf(t, c, 1, HostClock(), newFake())
		x.change(&a)
		refused, cancel := context.WithTimeout(t.Context(), 20*time.Second) // else it serves
		err := a.Run(refused)
		cancel()
		if err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v; want %q", name, err, x.want)
		}
	}
	if got := agentsOf(c); !slices.Equal(got, []int{0}) {
		t.Errorf("agents are %v, want the first alone", got)
	}
}

// until waits until a condition holds, which changes with the agents that are there.
func until(t *testing.T, c *Coordinator, holds func() bool) {
	t.Helper()
	limited, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		c.mu.Lock()
		changed := c.changed
		c.mu.Unlock()
		if holds() {
			return
		}
		select {
		case <-changed:
		case <-limited.Done():
			t.Fatal("the agents do not change")
		}
	}
}

func agentsOf(c *Coordinator) []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []int
	for i := range c.agents {
		all = append(all, i)
	}
	return all
}

// A load that ends before its begin is reported as such, and nothing waits for it.
func TestLoadThatEndsBeforeItsBegin(t *testing.T) {
	t.Parallel()
	c := listen(t, 1)
	child := newFake()
	child.ended()
	serveAgent(t, agentOf(t, c, 0, HostClock(), child))
	must(t, c.Await(t.Context()))
	g, err := c.Start(t.Context(), specOf(t, 0, 1))
	must(t, err)
	if err := g.Ready(t.Context()); err == nil {
		t.Error("it is ready")
	}
	if _, _, err := g.Wait(); err != nil {
		t.Error(err)
	}
}

// What the agent cannot start is an error of the load, with its reason.
func TestLoadThatCannotStart(t *testing.T) {
	t.Parallel()
	c := listen(t, 1)
	a := agentOf(t, c, 0, HostClock(), newFake())
	a.Begin = func(context.Context, scenarios.Spec) (Child, error) { return nil, errors.New("no k6 here") }
	serveAgent(t, a)
	must(t, c.Await(t.Context()))
	g, err := c.Start(t.Context(), specOf(t, 0, 1))
	must(t, err)
	if _, _, err := g.Wait(); err == nil || !strings.Contains(err.Error(), "no k6 here") {
		t.Errorf("got %v", err)
	}
}

// The files that a spec names arrive with the load, and are removed after it.
func TestFilesOfTheSpec(t *testing.T) {
	t.Parallel()
	c := listen(t, 1)
	child := newFake()
	a := agentOf(t, c, 0, HostClock(), child)
	agent := serveAgent(t, a)
	must(t, c.Await(t.Context()))
	s := specOf(t, 0, 1)
	s.Documents = filepath.Join(t.TempDir(), "documents.json")
	s.Tenants = []scenarios.Tenant{{CAFile: filepath.Join(t.TempDir(), "ca.pem")}, {}}
	must(t, os.WriteFile(s.Documents, []byte("documents"), 0o600))
	must(t, os.WriteFile(s.Tenants[0].CAFile, []byte("authority"), 0o600))
	g, err := c.Start(t.Context(), s)
	must(t, err)
	must(t, g.Ready(t.Context()))
	for path, want := range map[string]string{
		child.spec.Documents: "documents", child.spec.Tenants[0].CAFile: "authority", child.spec.Script: "archive of dispatch.js",
	} {
		if got, err := os.ReadFile(path); err != nil || string(got) != want || !strings.HasPrefix(path, a.Dir) {
			t.Errorf("%s has %q, %v; want %q", path, got, err, want)
		}
	}
	if child.spec.Tenants[1].CAFile != "" || !child.spec.Held {
		t.Errorf("%+v", child.spec)
	}
	child.Stop()
	_, _, err = g.Wait()
	must(t, err)
	must(t, c.Close())
	must(t, <-agent.done)
	if left := files(t, a.Dir); len(left) > 0 {
		t.Errorf("left are %v", left)
	}
}

// A load that does not end after it was stopped is given up, next to an agent that lives.
func TestStoppedLoadThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &Generator{agent: &agent{hello: hello{Host: "pod-0"}, orders: make(chan order, 2), lost: make(chan struct{})},
			spec: specOf(t, 0, 1), ready: make(chan struct{}), progress: make(chan wire.Progress, 1), done: make(chan struct{})}
		g.Stop()
		g.Stop() // as Ctrl-C after a halt
		time.Sleep(stopLimit - time.Second)
		synctest.Wait()
		select {
		case <-g.done:
			t.Error("it is given up too early")
		default:
		}
		_, _, err := g.Wait()
		if err == nil || err.Error() != "pod-0 did not end within 2m20s after it was stopped" {
			t.Errorf("got %v", err)
		}
	})
}

// An agent that is stopped while it looks for its coordinator ends at once, also when the
// other side accepts and is silent.
func TestAgentStoppedBeforeItJoins(t *testing.T) {
	t.Parallel()
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	defer silent.Close()
	a := agentOf(t, listen(t, 1), 0, HostClock(), newFake())
	a.Address = silent.Addr().String()
	agent := serveAgent(t, a)
	conn, err := silent.Accept()
	must(t, err)
	defer conn.Close()
	agent.stop()
	if err := <-agent.done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A lost generator is missed before the next trial touches its target, with the reason.
func TestIncomplete(t *testing.T) {
	t.Parallel()
	c := listen(t, 2)
	serveAgent(t, agentOf(t, c, 0, HostClock(), newFake()))
	second := serveAgent(t, agentOf(t, c, 1, HostClock(), newFake()))
	must(t, c.Await(t.Context()))
	must(t, c.Complete())
	second.stop()
	until(t, c, func() bool { return c.Complete() != nil })
	if err := c.Complete(); err == nil || !strings.Contains(err.Error(), "generator 2 of 2 is not there: pod-1 on node n1 was lost: ") ||
		!strings.Contains(err.Error(), "run again") {
		t.Errorf("got %v", err)
	}
	if _, err := c.Start(t.Context(), specOf(t, 1, 2)); err == nil {
		t.Error("a load starts on an agent that is lost")
	}
}

// Generators of one load differ in their share: the script is packed once. Another seed packs
// it again.
func TestPackedOnce(t *testing.T) {
	t.Parallel()
	c := listen(t, 1)
	var packed []scenarios.Spec
	c.config.Archive = func(_ context.Context, s scenarios.Spec) ([]byte, error) {
		packed = append(packed, s)
		return nil, nil
	}
	s := specOf(t, 0, 2)
	for _, change := range []func(){func() {}, func() { s.Share.Index = 1 }, func() { s.Seed = 7 }} {
		change()
		_, err := c.pack(t.Context(), s)
		must(t, err)
	}
	if len(packed) != 2 || packed[1].Seed != 7 {
		t.Errorf("packed %d times, want twice", len(packed))
	}
}
