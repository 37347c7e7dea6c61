package ingress

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.org/odooharness/internal/ports"
	"example.org/odooharness/internal/testing/eventually"
)

// What a client gets from an upstream that answers, is slow, cuts off or is down, and the
// line of the access log. The upstream that was too slow still finishes, and nothing is
// sent twice.
func TestIngress(t *testing.T) {
	var asked, finished atomic.Int32
	release := make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/slow":
			<-release
			finished.Add(1)
		case "/cut":
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, r.Host+" "+r.Header.Get("X-Forwarded-Host"))
	}))
	defer upstream.Close()
	away, err := ports.Take(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	log, err := os.Create(filepath.Join(t.TempDir(), "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	front := func(address string, timeout time.Duration) *httptest.Server {
		s := httptest.NewServer(Handler(Config{Upstream: address, GatewayTimeout: timeout}, log))
		t.Cleanup(s.Close)
		return s
	}
	up, down := front(upstream.Listener.Addr().String(), time.Minute), front(away, time.Minute)
	hasty := front(upstream.Listener.Addr().String(), 100*time.Millisecond)
	for _, c := range []struct {
		front  *httptest.Server
		path   string
		status int
		body   string
		line   string
	}{
		{up, "/fine", 200, "t1.localhost t1.localhost", `^\S+Z t1\.localhost 200 \d+\.\d{3} \d+\.\d{3} 200 POST /fine$`},
		{hasty, "/slow", 504, "504 Gateway Time-out", `^\S+Z t1\.localhost 504 (0\.[1-9]|[1-9]).* (0\.[1-9]|[1-9]).* 504 POST /slow$`},
		{up, "/cut", 502, "502 Bad Gateway", `^\S+Z t1\.localhost 502 \d+\.\d{3} \d+\.\d{3} 502 POST /cut$`},
		{down, "/away", 502, "502 Bad Gateway", `^\S+Z t1\.localhost 502 \d+\.\d{3} \d+\.\d{3} 502 POST /away$`},
	} {
		before := asked.Load()
		req, err := http.NewRequest(http.MethodPost, c.front.URL+c.path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Host = "t1.localhost"
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status || !strings.Contains(string(body), c.body) {
			t.Errorf("%s: got %d %s, want %d %s", c.path, resp.StatusCode, body, c.status, c.body)
		}
		if n := asked.Load() - before; n > 1 {
			t.Errorf("%s: the upstream was asked %d times", c.path, n)
		}
		if line := lastLine(t, log.Name(), c.path); !regexp.MustCompile(c.line).MatchString(line) {
			t.Errorf("%s: log line %q does not match %s", c.path, line, c.line)
		}
	}
	close(release)
	eventually.True(t, time.Minute, "the slow upstream finishes", func() bool { return finished.Load() > 0 })
}

// lastLine waits for the line of the path: it is written after the answer.
func lastLine(t *testing.T, file, path string) string {
	t.Helper()
	last := ""
	eventually.True(t, time.Minute, "the log has a line of "+path, func() bool {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
		last = lines[len(lines)-1]
		return strings.HasSuffix(last, path)
	})
	return last
}
