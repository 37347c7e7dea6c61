package odoostack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// warmHold is how long a worker sits on its answer while the lab finds all
// workers: longer than it takes to send one request to each.
const warmHold = 300 * time.Millisecond

// warmer finds out whether every worker of an Odoo has served every tenant, and
// makes it so the first time. After that it only asks whether the server answers:
// a server that comes back after a fault must not be helped.
type warmer struct {
	port    int
	workers int
	tenants []string
	then    func() error // once, when all are warm

	mu   sync.Mutex
	pids map[int]bool // workers seen warm
	seen int          // tenants whose page was fetched
	done bool
}

// workerState is the answer of /harness/worker.
type workerState struct {
	PID  int      `json:"pid"`
	Warm []string `json:"warm"`
}

// ready is one try. Each try may take as long as its context lets it; workers keep
// what they have loaded when a try is cut off.
func (w *warmer) ready(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.get(ctx, "127.0.0.1", "/web/health"); err != nil {
		return err
	}
	if w.done {
		return nil
	}
	if err := w.round(ctx); err != nil {
		return fmt.Errorf("warming Odoo's workers: %w", err)
	}
	if len(w.pids) < w.workers {
		return fmt.Errorf("warming Odoo's workers: %d of %d have loaded all tenants", len(w.pids), w.workers)
	}
	if err := w.pages(ctx); err != nil {
		return fmt.Errorf("warming pages: %w", err)
	}
	if err := w.then(); err != nil {
		return err
	}
	w.done = true
	return nil
}

// round asks as many requests at once as there are workers; while they hold their
// answers the kernel gives the others to other workers.
func (w *warmer) round(ctx context.Context) error {
	q := url.Values{"warm": {strings.Join(w.tenants, ",")}, "hold": {fmt.Sprint(warmHold.Seconds())}}
	states := make([]workerState, w.workers)
	var group errgroup.Group
	for i := range w.workers {
		group.Go(func() error {
			raw, err := w.get(ctx, "127.0.0.1", "/harness/worker?"+q.Encode())
			if err != nil {
				return err
			}
			return json.Unmarshal(raw, &states[i])
		})
	}
	err := group.Wait()
	if w.pids == nil {
		w.pids = map[int]bool{}
	}
	for _, s := range states {
		if len(s.Warm) >= len(w.tenants) {
			w.pids[s.PID] = true
		}
	}
	return err
}

// pages fetches one page of each tenant: templates and assets work. What one try
// has seen the next does not fetch again.
func (w *warmer) pages(ctx context.Context) error {
	for ; w.seen < len(w.tenants); w.seen++ {
		tenant := w.tenants[w.seen]
		raw, err := w.get(ctx, hostOf(tenant), "/web/login")
		if err != nil {
			return err
		}
		if !strings.Contains(string(raw), `name="login"`) {
			return errors.New("the answer is not the login page of " + tenant)
		}
	}
	return nil
}

// get fetches from Odoo's own port, on a connection of its own, so that any
// worker may take it.
func (w *warmer) get(ctx context.Context, host, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+loopback(w.port)+path, nil)
	if err != nil {
		return nil, err
	}
	req.Host, req.Close = host, true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %d: %.300s", path, resp.StatusCode, raw)
	}
	return raw, nil
}
