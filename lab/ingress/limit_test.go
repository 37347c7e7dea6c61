package ingress

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.org/odooharness/lab"
)

// request sends a request of a tenant and returns the status.
func request(h http.Handler, host string) int {
	return requestFor(h, host, "/web/dataset/call_kw/sale.order/create")
}

func requestFor(h http.Handler, host, path string) int {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, nil)
	r.Host = host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

// Four requests a second: the ones that wait are served every 250 ms, those that find the
// queue full are refused at once, and another tenant does not wait.
func TestRequestsPerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := limited(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}),
			map[string]lab.Limit{"t2": {RequestsPerSecond: 4}})
		began := time.Now()
		var mu sync.Mutex
		served, refused, last := 0, 0, time.Duration(0)
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				status := request(h, "t2.localhost")
				mu.Lock()
				defer mu.Unlock()
				if status == http.StatusTooManyRequests {
					refused++
					return
				}
				served, last = served+1, max(last, time.Since(began))
			})
		}
		synctest.Wait()
		if status := request(h, "t1.localhost"); status != http.StatusOK || time.Since(began) > 0 {
			t.Errorf("the other tenant: status %d after %s", status, time.Since(began))
		}
		all.Wait()
		if served != 1+lab.LimitQueue || refused != 30-served {
			t.Errorf("%d served, %d refused; the queue holds %d", served, refused, lab.LimitQueue)
		}
		if want := time.Duration(served-1) * 250 * time.Millisecond; last != want {
			t.Errorf("the last of %d was served after %s, want %s", served, last, want)
		}
	})
}

// Two requests at once: a third is refused until one of them has its answer. A log-in is not.
func TestRequestsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		h := limited(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if !lab.IsLogin(r.URL.Path) {
				<-release
			}
		}), map[string]lab.Limit{"t2": {RequestsAtOnce: 2}})
		codes := make(chan int, 2)
		for range 2 {
			go func() { codes <- request(h, "t2.localhost") }()
		}
		synctest.Wait()
		if got := request(h, "t2.localhost"); got != http.StatusTooManyRequests {
			t.Errorf("the third got %d", got)
		}
		if got := requestFor(h, "t2.localhost", "/web/session/authenticate"); got != http.StatusOK {
			t.Errorf("the log-in got %d", got)
		}
		close(release)
		if a, b := <-codes, <-codes; a != http.StatusOK || b != http.StatusOK {
			t.Errorf("the first two got %d and %d", a, b)
		}
		if got := request(h, "t2.localhost"); got != http.StatusOK {
			t.Errorf("after them: %d", got)
		}
	})
}

// Bulk work goes to its own server, all else to the first.
func TestBulkUpstream(t *testing.T) {
	c := Config{Upstream: "people", Bulk: "bulk"}
	for _, each := range []struct{ path, agent, want string }{
		{"/web/dataset/call_kw/product.product/load", "k6", "bulk"},
		{"/json/2/sale.report/formatted_read_group", "k6", "bulk"},
		{"/json/2/stock.picking/write", lab.ConnectorAgent, "bulk"},
		{"/json/2/stock.picking/write", "k6", "people"},
		{"/web/dataset/call_kw/sale.order/web_search_read", "k6", "people"},
		{"/web/load_menus", "k6", "people"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, each.path, strings.NewReader(fmt.Sprint(each)))
		r.Header.Set("User-Agent", each.agent)
		if got := c.upstream(r); got != each.want {
			t.Errorf("%s of %s goes to %s, want %s", each.path, each.agent, got, each.want)
		}
	}
	if got := (Config{Upstream: "people"}).upstream(httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/x/load", nil)); got != "people" {
		t.Errorf("without a second server: %s", got)
	}
}
