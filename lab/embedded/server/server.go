package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"example.org/odooharness/lab/embedded/business"
)

// requestLimit is Odoo's limit_time_real: a worker that takes longer is killed,
// and its client sees a connection that closes without an answer.
const requestLimit = 120 * time.Second

// server is one embedded target process.
type server struct {
	config    Config
	databases map[string]*database
	redis     *redis.Client
	slots     *slots
	catalogue *business.Catalogue
	log       *log.Logger
	acks      atomic.Int64 // acknowledged writes, for the weakness lost-ack-write

	mu     sync.Mutex // guards random
	random *rand.Rand
}

// Serve answers until ctx ends.
func Serve(ctx context.Context, c Config) error {
	if err := c.complete(); err != nil {
		return err
	}
	s, err := newServer(ctx, c)
	if err != nil {
		return err
	}
	defer s.close()
	l, err := listenWorkers(c.Listen, s.slots, 8*c.Workers)
	if err != nil {
		return err
	}
	web := &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second, ErrorLog: s.log}
	web.SetKeepAlivesEnabled(false) // as Odoo's prefork workers: one request a connection
	served := make(chan error, 1)
	go func() { served <- web.Serve(l) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve the embedded target: %w", err)
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	err = web.Shutdown(closing)
	if errors.Is(err, context.DeadlineExceeded) {
		err = web.Close()
	}
	<-served
	return err
}

func newServer(ctx context.Context, c Config) (*server, error) {
	options, err := redis.ParseURL(c.Redis)
	if err != nil {
		return nil, fmt.Errorf("read the embedded target's redis URL: %w", err)
	}
	// As redis-py without a timeout: a worker waits for Redis without a limit.
	options.ReadTimeout, options.WriteTimeout, options.MaxRetries = -1, -1, -1
	options.PoolSize = c.Workers + 1
	s := &server{
		config: c, databases: map[string]*database{}, redis: redis.NewClient(options), slots: newSlots(c.Workers),
		catalogue: business.NewCatalogue(), log: log.New(os.Stdout, "", 0),
		random: rand.New(rand.NewPCG(c.Seed, 1)), // service times, not secrets
	}
	for _, name := range c.Tenants {
		if s.databases[name], err = openDatabase(ctx, c, name); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

func (s *server) close() {
	for _, db := range s.databases {
		db.close()
	}
	_ = s.redis.Close() // nothing is buffered
}

// uniform draws from [0, 1).
func (s *server) uniform() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.random.Float64()
}

// ServeHTTP takes one request, which has its worker already.
//
// The work goes on when the client leaves: what the client knows is one thing, what is
// committed another.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), requestLimit)
	defer cancel()
	c := &call{Call: business.Call{Server: s, Catalogue: s.catalogue}, begin: time.Now(), db: s.databaseOf(r)}
	status := s.route(ctx, w, r, c)
	if ctx.Err() != nil {
		s.log.Printf("%s CRITICAL ? odoo.service.server: worker timeout after %s", stamp(), requestLimit)
		panic(http.ErrAbortHandler)
	}
	name := "?"
	if c.db != nil {
		name = c.db.name
	}
	rest := time.Since(c.begin) - c.SQLTime
	s.log.Printf(`%s INFO %s werkzeug: 127.0.0.1 - - "%s %s HTTP/1.1" %d - %d %.3f %.3f`,
		stamp(), name, r.Method, r.URL.Path, status, c.Queries, c.SQLTime.Seconds(), rest.Seconds())
}

// Has reports whether a weakness is planted.
func (s *server) Has(weakness string) bool { return s.config.has(weakness) }

// Log writes a line in the form of Odoo's log.
func (s *server) Log(level, database, text string) {
	s.log.Printf("%s %s %s %s", stamp(), level, database, text)
}

// stamp begins a line as Odoo's log does.
func stamp() string {
	return strings.Replace(time.Now().UTC().Format("2006-01-02 15:04:05.000"), ".", ",", 1) + fmt.Sprintf(" %d", os.Getpid())
}

// databaseOf finds the tenant by the first part of the host name, as dbfilter
// ^%d$ does.
func (s *server) databaseOf(r *http.Request) *database {
	name, _, _ := strings.Cut(r.Host, ".")
	return s.databases[name]
}

// route answers one request and returns its status.
func (s *server) route(ctx context.Context, w http.ResponseWriter, r *http.Request, c *call) int {
	path := r.URL.Path
	switch {
	case path == "/web/health":
		return s.health(ctx, w, r)
	case path == "/web/webclient/version_info":
		return writeJSON(w, http.StatusOK, map[string]any{"jsonrpc": "2.0", "id": nil, "result": versionInfo()})
	case path == "/web/version" || path == "/json/version":
		return writeJSON(w, http.StatusOK, map[string]any{"version": "19.0", "version_info": []any{19, 0, 0, "final", 0, ""}})
	case path == "/web/session/authenticate":
		return s.serveRPC(ctx, w, r, c, (*server).authenticate)
	case strings.HasPrefix(path, "/web/dataset/call_kw/"):
		return s.serveRPC(ctx, w, r, c, (*server).callKW)
	case path == "/jsonrpc":
		return s.serveRPC(ctx, w, r, c, (*server).callExternal)
	case strings.HasPrefix(path, "/json/2/"):
		return s.serveJSON2(ctx, w, r, c)
	case path == "/web/login" || path == "/odoo" || path == "/web" || path == "/":
		return s.servePage(ctx, w, r, c)
	}
	return writePage(w, http.StatusNotFound, "404 Not Found", "<h1>Not Found</h1>\n")
}

func versionInfo() map[string]any {
	return map[string]any{"server_version": "19.0", "server_serie": "19.0", "protocol_version": 1,
		"server_version_info": []any{19, 0, 0, "final", 0, ""}}
}

// health is liveness; with db_server_status=1 it is readiness.
func (s *server) health(ctx context.Context, w http.ResponseWriter, r *http.Request) int {
	if r.URL.Query().Get("db_server_status") == "" {
		return writeJSON(w, http.StatusOK, map[string]string{"status": "pass"})
	}
	for _, db := range s.databases {
		if err := db.pool.Ping(ctx); err != nil {
			return writeJSON(w, http.StatusInternalServerError, map[string]any{"status": "fail", "db_server_status": false})
		}
		break // one answers for the server
	}
	return writeJSON(w, http.StatusOK, map[string]any{"status": "pass", "db_server_status": true})
}

// servePage answers the two pages a person starts from. Without its database Odoo
// sends them to the database selector.
func (s *server) servePage(ctx context.Context, w http.ResponseWriter, r *http.Request, c *call) int {
	if c.db == nil || c.db.pool.Ping(ctx) != nil {
		http.Redirect(w, r, "/web/database/selector", http.StatusSeeOther)
		return http.StatusSeeOther
	}
	s.Spend(ctx, 11*time.Millisecond)
	return writePage(w, http.StatusOK, "Odoo", "<body><div id=wrapwrap>The embedded target has no web client.</div></body>\n")
}

// envelope is a JSON-RPC request.
type envelope struct {
	ID     json.RawMessage `json:"id"`
	Params json.RawMessage `json:"params"`
}

// serveRPC reads the envelope and answers with what handle returns.
func (s *server) serveRPC(ctx context.Context, w http.ResponseWriter, r *http.Request, c *call,
	handle func(*server, context.Context, http.ResponseWriter, *http.Request, *call, json.RawMessage) (json.RawMessage, error),
) int {
	var e envelope
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 32<<20))
	if err == nil {
		err = json.Unmarshal(raw, &e)
	}
	if err != nil {
		return writePage(w, http.StatusBadRequest, "400 Bad Request", "<h1>Bad Request</h1>\n<p>Invalid JSON data</p>\n")
	}
	if e.ID == nil {
		e.ID = json.RawMessage("null")
	}
	result, err := handle(s, ctx, w, r, c, e.Params)
	if err != nil {
		return writeError(w, true, e.ID, err)
	}
	answer := map[string]any{"jsonrpc": "2.0", "id": e.ID}
	if string(result) != "null" { // Python's None leaves the result out
		answer["result"] = result
	}
	return writeJSON(w, http.StatusOK, answer)
}

// serveJSON2 answers a call with a bearer key.
func (s *server) serveJSON2(ctx context.Context, w http.ResponseWriter, r *http.Request, c *call) int {
	result, err := s.callJSON2(ctx, w, r, c)
	if err != nil {
		return writeError(w, false, nil, err)
	}
	return writeJSON(w, http.StatusOK, result)
}
