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

// warmHold is how long a worker holds its answer while the lab finds all workers: longer
// than a request to each needs.
const warmHold = 300 * time.Millisecond

// warmer finds out whether every worker of an Odoo has served every tenant, and
// makes it so the first time. After that it only checks that the server answers:
// a server that comes back after a fault must not be helped.
type warmer struct {
	address string // of Odoo's own port, past the ingress
	workers int
	tenants []string
	health  string       // path that answers without a database
	then    func() error // once, when all are warm

	mu      sync.Mutex
	running chan error // the end of the warming under way, nil while there is none
	done    bool
}

const (
	warmLimit  = 3 * time.Minute // on a machine that is busy with other things
	warmRounds = 20              // a worker that is missed by so many is not there
)

// workerState is the answer of /harness/worker.
type workerState struct {
	PID  int      `json:"pid"`
	Warm []string `json:"warm"`
}

// Warm makes every worker of the Odoo at an address serve every tenant once, and
// fetches a page of each.
func Warm(ctx context.Context, address string, workers int, tenants []string) error {
	ctx, cancel := context.WithTimeout(ctx, warmLimit)
	defer cancel()
	return (&warmer{address: address, workers: workers, tenants: tenants, health: versionOf(nil).health}).warm(ctx)
}

// ready is one try. Warming takes longer than a try may: it goes on by itself,
// bounded by its own limit and by the end of the server, and a later try sees its
// end. Requests that tries give up would otherwise queue up at the workers.
func (w *warmer) ready(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		_, err := w.get(ctx, "127.0.0.1", w.health)
		return err
	}
	if w.running == nil {
		end := make(chan error, 1)
		w.running = end
		go func() {
			limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), warmLimit)
			defer cancel()
			end <- w.warm(limited)
		}()
	}
	select {
	case <-ctx.Done():
		return errors.New("warming Odoo's workers: under way")
	case err := <-w.running:
		w.running = nil
		if err == nil {
			err = w.then()
		}
		w.done = err == nil
		return err
	}
}

// isDone reports whether the server was warm once.
func (w *warmer) isDone() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.done
}

// warm makes every worker serve every tenant once.
func (w *warmer) warm(ctx context.Context) error {
	if _, err := w.get(ctx, "127.0.0.1", w.health); err != nil {
		return err
	}
	seen := map[int]bool{}
	for range warmRounds {
		if err := w.round(ctx, seen); err != nil {
			return fmt.Errorf("warm Odoo's workers: %w", err)
		}
		if len(seen) >= w.workers {
			return w.pages(ctx)
		}
	}
	return fmt.Errorf("warm Odoo's workers: %d of %d have loaded all tenants", len(seen), w.workers)
}

// round sends as many requests at once as there are workers. While they hold their
// answers, the kernel gives the others to other workers. Those found warm are added to
// seen.
func (w *warmer) round(ctx context.Context, seen map[int]bool) error {
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
	for _, s := range states {
		if len(s.Warm) >= len(w.tenants) {
			seen[s.PID] = true
		}
	}
	return err
}

// pages fetches one page of each tenant: templates and assets work.
func (w *warmer) pages(ctx context.Context) error {
	for _, tenant := range w.tenants {
		raw, err := w.get(ctx, hostOf(tenant), "/web/login")
		if err != nil {
			return fmt.Errorf("warm pages: %w", err)
		}
		if !strings.Contains(string(raw), `name="login"`) {
			return errors.New("warming pages: the answer is not the login page of " + tenant)
		}
	}
	return nil
}

// get fetches from Odoo's own port, on a connection of its own, so that any
// worker may take it.
func (w *warmer) get(ctx context.Context, host, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.address+path, nil)
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
