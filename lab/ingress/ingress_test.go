package ingress

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// What a client sees of an upstream that answers, is slow, cuts off, is away; and
// what the access log says of it. The upstream that was too slow finishes all the
// same, and nothing is asked twice.
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
	away, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away.Close()

	log, err := os.Create(filepath.Join(t.TempDir(), "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	front := func(address string) *httptest.Server {
		s := httptest.NewServer(Handler(Config{Upstream: address, GatewayTimeout: 100 * time.Millisecond}, log))
		t.Cleanup(s.Close)
		return s
	}
	up, down := front(upstream.Listener.Addr().String()), front(away.Addr().String())
	for _, c := range []struct {
		front  *httptest.Server
		path   string
		status int
		body   string
		line   string
	}{
		{up, "/fine", 200, "t1.localhost t1.localhost", `^\S+Z t1\.localhost 200 0\.\d{3} 0\.\d{3} 200 POST /fine$`},
		{up, "/slow", 504, "504 Gateway Time-out", `^\S+Z t1\.localhost 504 0\.1\d\d 0\.1\d\d 504 POST /slow$`},
		{up, "/cut", 502, "502 Bad Gateway", `^\S+Z t1\.localhost 502 0\.\d{3} 0\.\d{3} 502 POST /cut$`},
		{down, "/away", 502, "502 Bad Gateway", `^\S+Z t1\.localhost 502 0\.\d{3} 0\.\d{3} 502 POST /away$`},
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
	for deadline := time.Now().Add(2 * time.Second); finished.Load() == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the slow upstream did not finish")
		}
	}
}

// lastLine waits for the line of the path: it is written after the answer.
func lastLine(t *testing.T, file, path string) string {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
		if last := lines[len(lines)-1]; strings.HasSuffix(last, path) || time.Now().After(deadline) {
			return last
		}
	}
}
