package ingress

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"example.org/odooharness/lab"
)

// limit holds one tenant to what it may use of the ingress.
type limit struct {
	lab.Limit
	rate *rate.Limiter // nil without
	now  atomic.Int64  // requests at the upstream

	mu      sync.Mutex
	waiting int // requests that wait for their turn
}

// limited passes requests on within the limits of their tenants: the first part of the host
// name. It behaves like nginx's limit_req with a queue of [lab.LimitQueue] and its
// limit_conn.
func limited(next http.Handler, limits map[string]lab.Limit) http.Handler {
	of := map[string]*limit{}
	for tenant, l := range limits {
		of[tenant] = &limit{Limit: l}
		if l.RequestsPerSecond > 0 {
			of[tenant].rate = rate.NewLimiter(rate.Limit(l.RequestsPerSecond), 1)
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tenant, _, _ := strings.Cut(r.Host, ".")
		l := of[tenant]
		if l == nil || lab.IsLogin(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		if !l.wait(r) {
			page(w, http.StatusTooManyRequests)
			return
		}
		defer l.now.Add(-1)
		if now := l.now.Add(1); l.RequestsAtOnce > 0 && now > int64(l.RequestsAtOnce) {
			page(w, http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// wait waits for the turn of a request. It is false when the queue is full, or when the
// client leaves.
func (l *limit) wait(r *http.Request) bool {
	if l.rate == nil {
		return true
	}
	turn, delay := l.queue()
	if turn == nil || delay == 0 {
		return turn != nil
	}
	defer l.leave()
	select {
	case <-time.After(delay):
		return true
	case <-r.Context().Done():
		turn.Cancel()
		return false
	}
}

// queue takes the next turn, nil when as many wait as may. Who is served at once does not
// wait.
func (l *limit) queue() (turn *rate.Reservation, delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	turn = l.rate.Reserve()
	delay = turn.Delay()
	switch {
	case delay == 0:
	case l.waiting == lab.LimitQueue:
		turn.Cancel()
		return nil, 0
	default:
		l.waiting++
	}
	return turn, delay
}

func (l *limit) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting--
}
