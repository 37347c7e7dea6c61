package remote

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/scenarios/wire"
)

// Coordinator hands out loads to agents and gathers what they record. Close ends it.
type Coordinator struct {
	// Certificate is what agents verify the coordinator with, as PEM.
	Certificate []byte
	// Token is what agents show.
	Token secret.Text

	config   Config
	listener net.Listener
	server   *http.Server
	serving  sync.WaitGroup

	mu      sync.Mutex // guards what follows
	agents  map[int]*agent
	losses  map[int]error     // why an agent that was there is not
	packed  map[string]packed // by the name of the load
	changed chan struct{}     // closed and replaced when an agent comes or is lost
	loads   map[string]*Generator
	number  int // of the last load
}

// Config of a coordinator.
type Config struct {
	Listen  string // host:port
	Of      int    // agents
	Version string // of the harness, which agents must have
	Clock   Clock
	// Archive packs a script with all that it needs; nil: [scenarios.Archive].
	Archive func(context.Context, scenarios.Spec) ([]byte, error)
}

// Listen starts a coordinator. It ends with Close, and not with ctx.
func Listen(ctx context.Context, config Config) (*Coordinator, error) {
	if config.Archive == nil {
		config.Archive = scenarios.Archive
	}
	certificate, pem, err := selfSigned(config.Clock())
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", config.Listen)
	if err != nil {
		return nil, fmt.Errorf("wait for generators: %w; write another port in generators.listen", err)
	}
	c := &Coordinator{Certificate: pem, Token: secret.Text(rand.Text()), config: config, listener: listener,
		agents: map[int]*agent{}, losses: map[int]error{}, packed: map[string]packed{}, changed: make(chan struct{}),
		loads: map[string]*Generator{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /clock", c.serveClock)
	mux.HandleFunc("POST /orders", c.serveOrders)
	mux.HandleFunc("POST /loads/{load}/lines", c.serveLines)
	mux.HandleFunc("PUT /loads/{load}/files/{file...}", c.serveFile)
	c.server = &http.Server{
		Handler: c.authorized(mux), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0), // port scans
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13},
	}
	c.serving.Go(func() { _ = c.server.ServeTLS(listener, "", "") }) // it ends with Close
	return c, nil
}

// Port is the port on which the coordinator listens.
func (c *Coordinator) Port() int { return c.listener.Addr().(*net.TCPAddr).Port } // the only kind of listener

// Close announces to all agents that there are no more loads, and ends.
func (c *Coordinator) Close() error {
	c.mu.Lock()
	for _, a := range c.agents {
		a.send(order{Over: true})
	}
	c.mu.Unlock()
	// Agents end their requests with that. Those that do not are cut off.
	ctx, cancel := context.WithTimeout(context.Background(), Silence)
	defer cancel()
	err := c.server.Shutdown(ctx)
	if err != nil {
		err = c.server.Close()
	}
	c.serving.Wait()
	return err
}

// Await waits until all agents are there.
func (c *Coordinator) Await(ctx context.Context) error {
	for {
		c.mu.Lock()
		here, changed := len(c.agents), c.changed
		c.mu.Unlock()
		if here == c.config.Of {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for generators: %d of %d are there: %w", here, c.config.Of, context.Cause(ctx))
		}
	}
}

// Start sends a load to the agent of its share. The generator waits for Begin.
func (c *Coordinator) Start(ctx context.Context, spec scenarios.Spec) (*Generator, error) {
	files, err := filesOf(spec)
	if err != nil {
		return nil, fmt.Errorf("start load: %w", err)
	}
	archive, err := c.pack(ctx, spec)
	if err != nil {
		return nil, fmt.Errorf("start load: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	a := c.agents[spec.Share.Index]
	if a == nil {
		return nil, fmt.Errorf("start load: %w", c.missing(spec.Share.Index))
	}
	c.number++
	g := &Generator{coordinator: c, agent: a, id: strconv.Itoa(c.number), spec: spec, ready: make(chan struct{}),
		progress: make(chan wire.Progress, 1), done: make(chan struct{})}
	c.loads[g.id] = g
	if !a.send(order{Load: g.id, Start: &start{Spec: spec, Archive: archive, Files: files}}) {
		return nil, fmt.Errorf("start load: %w", a.loss())
	}
	go g.watch()
	return g, nil
}

// Complete is nil when every agent is there, else why one is not.
func (c *Coordinator) Complete() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var problems []error
	for i := range c.config.Of {
		if c.agents[i] == nil {
			problems = append(problems, c.missing(i))
		}
	}
	return errors.Join(problems...)
}

// missing is why an agent is not there. The caller holds mu.
func (c *Coordinator) missing(index int) error {
	why := c.losses[index]
	if why == nil {
		why = errors.New("it never came")
	}
	return fmt.Errorf("generator %d of %d is not there: %w; a pod that is lost is not replaced: run again",
		index+1, c.config.Of, why)
}

// authorized refuses callers without the token.
func (c *Coordinator) authorized(next http.Handler) http.Handler {
	want := []byte("Bearer " + c.Token.Reveal())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			http.Error(w, "the token is another one", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// serveClock answers with this clock.
func (c *Coordinator) serveClock(w http.ResponseWriter, r *http.Request) {
	if a := c.agentOf(r.URL.Query().Get("index")); a != nil {
		a.heard()
	}
	writeJSON(w, now{c.config.Clock()})
}

func (c *Coordinator) agentOf(index string) *agent {
	i, err := strconv.Atoi(index)
	if err != nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.agents[i]
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // the caller sees a connection that breaks
}
