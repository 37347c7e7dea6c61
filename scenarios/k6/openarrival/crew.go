package openarrival

import (
	"sync"
	"time"

	"go.k6.io/k6/lib"

	"example.org/odooharness/scenarios/arrivals"
)

// pending is an arrival on its way to a virtual user.
type pending struct {
	arrival  arrivals.Arrival
	intended time.Time
	prompt   bool // a virtual user was free when it arrived
}

// worker is a virtual user with its goroutine.
type worker struct {
	vu      lib.ActiveVU
	work    chan pending // capacity 1: a worker off the idle list takes without blocking
	arrival *Arrival
	local   int64
}

func (w *worker) counters() (local, global uint64) {
	return uint64(w.local), uint64(w.arrival.Index) //nolint:gosec // not negative
}

// crew is the free virtual users and the arrivals that wait for one. At any time
// one of the two is empty.
type crew struct {
	mu      sync.Mutex // guards what follows
	all     []*worker
	idle    []*worker // last in, first out: few connections, warm caches
	queue   []pending
	most    int   // length of queue that is not exceeded
	spare   int64 // virtual users that may still be made
	growing bool
}

// take finds a free worker, or queues the arrival, or neither.
func (c *crew) take(p pending) (w *worker, queued bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.idle); n > 0 {
		w = c.idle[n-1]
		c.idle = c.idle[:n-1]
		return w, false
	}
	if len(c.queue) >= c.most {
		return nil, false
	}
	c.queue = append(c.queue, p)
	return nil, true
}

// next gives a worker the arrival that has waited longest, or puts it on the idle
// list.
func (c *crew) next(w *worker) (pending, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) > 0 {
		p := c.queue[0]
		c.queue = c.queue[1:]
		return p, true
	}
	c.idle = append(c.idle, w)
	return pending{}, false
}

func (c *crew) join(w *worker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, w)
}

// mayGrow reserves the right to make one virtual user.
func (c *crew) mayGrow() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.growing || c.spare <= 0 {
		return false
	}
	c.growing = true
	c.spare--
	return true
}

func (c *crew) grown() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.growing = false
}

// leftover is everything that was accepted and never begun. It is called when no
// worker runs any more.
func (c *crew) leftover() []pending {
	c.mu.Lock()
	defer c.mu.Unlock()
	rest := c.queue
	c.queue = nil
	for _, w := range c.all {
		select {
		case p := <-w.work:
			rest = append(rest, p)
		default:
		}
	}
	return rest
}
