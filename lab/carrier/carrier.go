// Package carrier is the parcel service at the far end of a lab: a small HTTP
// endpoint that makes shipping labels. A control makes it slow, makes it fail, or
// makes it issue a label twice.
//
//	POST /labels    {"database","reference"} + Idempotency-Key  -> 201 {"tracking"}
//	GET  /labels    every label made, in order
//	GET  /stats     counts, see [Stats]
//	POST /control   ?delay=2s&fail=0.3&double=0.1, what is not named becomes zero
//	GET  /healthz   204
//
// A request that repeats an idempotency key gets the label of the first one (200)
// and counts as repeated; with double > 0 that share of the repeats gets a second
// label, as carriers do that do not honour the key.
//
// State lives in memory: a carrier that is restarted has forgotten its labels.
//
//	err := carrier.Run(ctx, "127.0.0.1:8080")
package carrier

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"
)

// Label is one label the carrier made.
type Label struct {
	Key       string    `json:"key"`
	Database  string    `json:"database"`
	Reference string    `json:"reference"`
	Tracking  string    `json:"tracking"`
	At        time.Time `json:"at"`
}

// Stats is what the carrier counted since it started.
type Stats struct {
	Requests   int            `json:"requests"`   // for a label
	Labels     int            `json:"labels"`     // made
	Repeated   int            `json:"repeated"`   // answered from an earlier label
	Failed     int            `json:"failed"`     // refused on purpose
	Duplicates int            `json:"duplicates"` // labels beyond the first of a key
	Databases  map[string]int `json:"databases"`  // labels by tenant database
}

// behaviour is how the carrier treats the requests to come.
type behaviour struct {
	Delay  time.Duration `json:"delay"`
	Fail   float64       `json:"fail"`
	Double float64       `json:"double"`
}

// Carrier is the endpoint's state and its http.Handler.
type Carrier struct {
	mux *http.ServeMux

	mu     sync.Mutex
	random *rand.Rand
	now    behaviour
	stats  Stats
	labels []Label
	first  map[string]Label // by idempotency key
}

// New makes a carrier without faults. The seed decides which requests fail or are
// doubled once the controls are set.
func New(seed uint64) *Carrier {
	c := &Carrier{
		mux:    http.NewServeMux(),
		random: rand.New(rand.NewPCG(seed, 0)), // a lab's choice, not a secret
		stats:  Stats{Databases: map[string]int{}},
		labels: []Label{},
		first:  map[string]Label{},
	}
	c.mux.HandleFunc("POST /labels", c.makeLabel)
	c.mux.HandleFunc("GET /labels", c.list)
	c.mux.HandleFunc("GET /stats", c.count)
	c.mux.HandleFunc("POST /control", c.control)
	c.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return c
}

// ServeHTTP answers one request.
func (c *Carrier) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.mux.ServeHTTP(w, r) }

// Run serves on addr until ctx ends.
func Run(ctx context.Context, addr string) error {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("listen for the carrier: %w", err)
	}
	server := &http.Server{Handler: New(1), ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve the carrier: %w", err)
	case <-ctx.Done():
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		err := server.Shutdown(closing)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
		<-served
		return err
	}
}

func (c *Carrier) makeLabel(w http.ResponseWriter, r *http.Request) {
	var ask struct{ Database, Reference string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&ask); err != nil {
		http.Error(w, "not a label request: "+err.Error(), http.StatusBadRequest)
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if key == "" || ask.Reference == "" {
		http.Error(w, "a label needs a reference and an Idempotency-Key", http.StatusBadRequest)
		return
	}
	if !c.wait(r.Context()) {
		return // the caller left: no label
	}
	label, status := c.decide(key, ask.Database, ask.Reference)
	if status == http.StatusServiceUnavailable {
		http.Error(w, "the carrier fails by its controls", status)
		return
	}
	answer(w, status, label)
}

// wait waits for the delay of the controls and reports whether the caller is still there.
func (c *Carrier) wait(ctx context.Context) bool {
	c.mu.Lock()
	delay := c.now.Delay
	c.mu.Unlock()
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// decide makes the label, finds the earlier one, or fails.
func (c *Carrier) decide(key, database, reference string) (Label, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Requests++
	if c.random.Float64() < c.now.Fail {
		c.stats.Failed++
		return Label{}, http.StatusServiceUnavailable
	}
	earlier, repeats := c.first[key]
	if repeats && c.random.Float64() >= c.now.Double {
		c.stats.Repeated++
		return earlier, http.StatusOK
	}
	label := Label{Key: key, Database: database, Reference: reference,
		Tracking: fmt.Sprintf("HL%08d", len(c.labels)+1), At: time.Now()}
	c.labels = append(c.labels, label)
	c.stats.Labels++
	c.stats.Databases[database]++
	if repeats {
		c.stats.Duplicates++
	} else {
		c.first[key] = label
	}
	return label, http.StatusCreated
}

func (c *Carrier) list(w http.ResponseWriter, _ *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer(w, http.StatusOK, c.labels)
}

func (c *Carrier) count(w http.ResponseWriter, _ *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer(w, http.StatusOK, c.stats)
}

func (c *Carrier) control(w http.ResponseWriter, r *http.Request) {
	b, err := parseBehaviour(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	c.now = b
	c.mu.Unlock()
	answer(w, http.StatusOK, b)
}

// parseBehaviour reads the query of /control and names every bad value.
func parseBehaviour(q url.Values) (behaviour, error) {
	var b behaviour
	var problems []error
	if v := q.Get("delay"); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil || d < 0 {
			problems = append(problems, fmt.Errorf("delay: %q is no duration like 2s", v))
		}
		b.Delay = d
	}
	share := func(name string) float64 {
		v := q.Get(name)
		if v == "" {
			return 0
		}
		f, err := strconv.ParseFloat(v, 64)
		if err != nil || !(f >= 0 && f <= 1) {
			problems = append(problems, fmt.Errorf("%s: %q is no share between 0 and 1", name, v))
		}
		return f
	}
	b.Fail, b.Double = share("fail"), share("double")
	for name := range q {
		if name != "delay" && name != "fail" && name != "double" {
			problems = append(problems, fmt.Errorf("%s: not a control, known are delay, fail, double", name))
		}
	}
	return b, errors.Join(problems...)
}

// answer writes v as JSON; a caller that has left gets no answer.
func answer[T any](w http.ResponseWriter, status int, v T) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
