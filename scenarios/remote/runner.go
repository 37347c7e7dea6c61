package remote

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.k6.io/k6/lib"
	"gopkg.in/guregu/null.v3"

	k6api "go.k6.io/k6/api/v1"
)

// Runner is a runner as k6-operator starts one, by the command line of k6:
//
//	k6 run --quiet --execution-segment=1/4:2/4 --execution-segment-sequence=0,1/4,2/4,3/4,1 /test/load.js
//	    --address=0.0.0.0:6565 --paused --tag instance_id=2
type Runner struct {
	Index   int    // from 0
	Address string // of k6's REST API; empty: it has none
	Paused  bool   // until the operator's starter calls the API
}

// ParseRunner reads the arguments behind "k6 run". What an agent does not need is ignored.
func ParseRunner(args []string) (r Runner, err error) {
	var segment, sequence string
	values := map[string]*string{"--execution-segment": &segment, "--execution-segment-sequence": &sequence, "--address": &r.Address,
		"-a": &r.Address}
	for i := 0; i < len(args); i++ {
		name, value, written := strings.Cut(args[i], "=")
		switch {
		case name == "--paused" || name == "-p":
			r.Paused = !written || value == "true"
		case values[name] == nil:
		case written:
			*values[name] = value
		case i+1 < len(args):
			i++
			*values[name] = args[i]
		}
	}
	if segment == "" {
		return r, nil // the only one
	}
	part, err := lib.NewExecutionSegmentFromString(segment)
	if err != nil {
		return r, fmt.Errorf("--execution-segment %s: %w", segment, err)
	}
	all, err := lib.NewExecutionSegmentSequenceFromString(sequence)
	if err != nil {
		return r, fmt.Errorf("--execution-segment-sequence %s: %w", sequence, err)
	}
	r.Index, err = all.FindSegmentPosition(part)
	if err != nil {
		return r, fmt.Errorf("--execution-segment %s: %w", segment, err)
	}
	return r, nil
}

// Gate is as much of k6's REST API as k6-operator uses: it looks whether runners are there,
// starts them one after the other, and may stop them. Close ends it.
type Gate struct {
	server  *http.Server
	serving sync.WaitGroup
	address string
	stop    func()
	opened  chan struct{} // closed when the runner may start

	mu      sync.Mutex // guards what follows
	paused  bool
	stopped bool
}

// Serve opens the API of a runner. The operator may stop the runner at any time.
func (r Runner) Serve(ctx context.Context, stop func()) (*Gate, error) {
	g := &Gate{stop: stop, paused: r.Paused, opened: make(chan struct{})}
	if !r.Paused {
		close(g.opened)
	}
	if r.Address == "" {
		return g, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", r.Address)
	if err != nil {
		return nil, fmt.Errorf("serve k6's API for k6-operator: %w", err)
	}
	g.address = listener.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, g.status()) })
	mux.HandleFunc("PATCH /v1/status", g.change)
	g.server = &http.Server{Handler: mux, ReadHeaderTimeout: Silence}
	g.serving.Go(func() { _ = g.server.Serve(listener) }) // it ends with Close
	return g, nil
}

// pauseLimit is how long a runner waits for the operator's starter. The harness waits half
// as long for all of its generators.
const pauseLimit = 2 * joinPatience

// Await waits until the operator has started the runner.
func (g *Gate) Await(ctx context.Context) error {
	never := fmt.Errorf("k6-operator has not started this runner within %s", pauseLimit)
	ctx, cancel := context.WithTimeoutCause(ctx, pauseLimit, never)
	defer cancel()
	select {
	case <-g.opened:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ErrStopped ends a runner that k6-operator stops.
var ErrStopped = errors.New("k6-operator has stopped this runner")

// Close ends the API.
func (g *Gate) Close() error {
	if g.server == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := g.server.Shutdown(ctx)
	if err != nil {
		err = g.server.Close()
	}
	g.serving.Wait()
	return err
}

func (g *Gate) status() k6api.StatusJSONAPI {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := k6api.Status{Status: lib.ExecutionStatusRunning, Paused: null.BoolFrom(g.paused), Running: !g.paused, Stopped: g.stopped}
	if g.paused {
		s.Status = lib.ExecutionStatusPausedBeforeRun
	}
	return k6api.NewStatusJSONAPI(s)
}

// change starts the runner, or stops it. A load cannot be paused: its arrivals have their instants.
func (g *Gate) change(w http.ResponseWriter, r *http.Request) {
	var wanted k6api.StatusJSONAPI
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&wanted); err != nil {
		http.Error(w, "it is no status of k6: "+err.Error(), http.StatusBadRequest)
		return
	}
	status := wanted.Status()
	g.mu.Lock()
	running := !g.paused
	if running && status.Paused.Valid && status.Paused.Bool {
		g.mu.Unlock()
		http.Error(w, "a load that has begun cannot be paused", http.StatusBadRequest)
		return
	}
	if !running && status.Paused.Valid && !status.Paused.Bool {
		g.paused = false
		close(g.opened)
	}
	if status.Stopped && !g.stopped {
		g.stopped = true
		g.stop()
	}
	g.mu.Unlock()
	writeJSON(w, g.status())
}
