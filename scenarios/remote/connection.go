package remote

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// agent is one that has connected.
type agent struct {
	hello  hello
	orders chan order
	alive  *time.Timer   // ends it
	lost   chan struct{} // closed when it is lost
	why    error         // written before lost is closed
	once   sync.Once
}

// serveOrders takes an agent in, and streams its orders until either side ends.
func (c *Coordinator) serveOrders(w http.ResponseWriter, r *http.Request) {
	var h hello
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&h); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a, err := c.join(h)
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	defer c.leave(a)
	out, flush := json.NewEncoder(w), http.NewResponseController(w)
	tick := time.NewTicker(beat)
	defer tick.Stop()
	next := order{} // at once, so that the agent knows that it was taken
	for {
		err := errors.Join(out.Encode(next), flush.Flush())
		if next.Over {
			a.end(errNoMore)
			return
		}
		if err != nil {
			a.end(fmt.Errorf("its connection broke: %w", err))
			return
		}
		select {
		case next = <-a.orders:
		case <-tick.C:
			next = order{}
		case <-a.lost:
			return
		case <-r.Context().Done():
			a.end(errors.New("its connection ended"))
			return
		}
	}
}

// errNoMore ends agents when there are no more loads.
var errNoMore = errors.New("there are no more loads")

// mostOrders bounds the orders that wait for an agent: three a load.
const mostOrders = 1000

// join takes an agent in, unless it does not fit.
func (c *Coordinator) join(h hello) (*agent, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case h.Version != c.config.Version:
		return nil, fmt.Errorf("generator %d is harness %s, and the coordinator is %s; use one image for both",
			h.Index+1, h.Version, c.config.Version)
	case h.Index < 0 || h.Index >= c.config.Of:
		return nil, fmt.Errorf("generator %d is one too many: the experiment has %d", h.Index+1, c.config.Of)
	case c.agents[h.Index] != nil:
		return nil, fmt.Errorf("generator %d is there already, on %s", h.Index+1, c.agents[h.Index].hello.Host)
	}
	a := &agent{hello: h, orders: make(chan order, mostOrders), lost: make(chan struct{})}
	a.alive = time.AfterFunc(Silence, func() { a.end(fmt.Errorf("it was silent for %s", Silence)) })
	c.agents[h.Index] = a
	c.announce()
	return a, nil
}

// leave forgets an agent that has ended.
func (c *Coordinator) leave(a *agent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a.alive.Stop()
	delete(c.agents, a.hello.Index)
	c.losses[a.hello.Index] = a.loss()
	c.announce()
}

// announce wakes who waits for agents. The caller holds mu.
func (c *Coordinator) announce() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// heard notes a sign of life.
func (a *agent) heard() { a.alive.Reset(Silence) }

// end marks the agent as lost.
func (a *agent) end(why error) {
	a.once.Do(func() {
		a.why = why
		close(a.lost)
	})
}

// loss is why the agent was lost. It is called after lost is closed.
func (a *agent) loss() error {
	where := a.hello.Host
	if a.hello.Node != "" {
		where += " on node " + a.hello.Node
	}
	return fmt.Errorf("%s was lost: %w", where, a.why)
}

// send queues an order. false: the agent is lost.
func (a *agent) send(o order) bool {
	select {
	case <-a.lost:
		return false
	default:
	}
	select {
	case a.orders <- o:
		return true
	case <-a.lost:
		return false
	}
}
