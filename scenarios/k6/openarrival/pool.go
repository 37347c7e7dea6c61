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
	id      uint64
	work    chan pending // capacity 1: handing an arrival to an idle worker never blocks
	arrival *Arrival
	local   int64
}

func (w *worker) counters() (local, global uint64) {
	return uint64(w.local), uint64(w.arrival.Index) // not negative
}

// pool holds the free virtual users and the arrivals that wait for one. At any time
// one of the two is empty.
type pool struct {
	mu      sync.Mutex // guards what follows
	all     []*worker
	idle    []*worker // last in, first out: few connections, warm caches
	queue   []pending
	most    int   // greatest length of the queue
	spare   int64 // virtual users that may still be started
	growing bool
}

// acquire returns a free worker. Without one it queues the arrival; with a full queue
// it does neither.
func (p *pool) acquire(arrival pending) (w *worker, queued bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		w = p.idle[n-1]
		p.idle = p.idle[:n-1]
		return w, false
	}
	if len(p.queue) >= p.most {
		return nil, false
	}
	p.queue = append(p.queue, arrival)
	return nil, true
}

// release returns the arrival that has waited longest, for the worker to run. Without
// one it marks the worker free.
func (p *pool) release(w *worker) (pending, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) > 0 {
		arrival := p.queue[0]
		p.queue = p.queue[1:]
		return arrival, true
	}
	p.idle = append(p.idle, w)
	return pending{}, false
}

func (p *pool) add(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, w)
}

// mayGrow reserves the start of one more virtual user; [pool.grown] ends it. One
// starts at a time.
func (p *pool) mayGrow() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.growing || p.spare <= 0 {
		return false
	}
	p.growing = true
	p.spare--
	return true
}

func (p *pool) grown() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.growing = false
}

// unserved returns every arrival that was accepted and never begun. No worker may run
// when it is called.
func (p *pool) unserved() []pending {
	p.mu.Lock()
	defer p.mu.Unlock()
	rest := p.queue
	p.queue = nil
	for _, w := range p.all {
		select {
		case arrival := <-w.work:
			rest = append(rest, arrival)
		default:
		}
	}
	return rest
}
