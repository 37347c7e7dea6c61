package remote

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
	"example.org/odooharness/scenarios/wire"
)

// Agent offers the loads that a coordinator hands out, on its host.
type Agent struct {
	Address     string // of the coordinator, host:port
	Certificate []byte // of the coordinator, PEM
	Token       secret.Text
	Index       int // from 0
	Version     string
	Host, Node  string
	Dir         string // for files of its loads
	Clock       Clock
	Log         *slog.Logger
	// Begin starts a load; nil: [scenarios.Start].
	Begin func(context.Context, scenarios.Spec) (Child, error)
}

// Child is a load generator of this host.
type Child interface {
	Ready(ctx context.Context) error
	Begin(base time.Time) error
	Progress() <-chan wire.Progress
	Stop()
	Wait() (results.Generator, []results.Load, error)
}

// joinPatience is how long an agent waits for its coordinator.
const joinPatience = 5 * time.Minute

// Run connects to the coordinator and offers its loads, until there are no more. The error
// is why the agent ended before that.
func (a Agent) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &serving{Agent: a, loads: map[string]*offering{}, end: cancel}
	if s.Begin == nil {
		s.Begin = func(ctx context.Context, spec scenarios.Spec) (Child, error) {
			child, err := scenarios.Start(ctx, spec)
			if err != nil {
				return nil, err // not a nil child in a Child
			}
			return child, nil
		}
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(a.Certificate) {
		return fmt.Errorf("the coordinator's certificate is not PEM; %s has it", CertificateVariable)
	}
	s.client = &http.Client{Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, ServerName: serverName, MinVersion: tls.VersionTLS13},
		DialContext:         (&net.Dialer{Timeout: Silence}).DialContext,
		TLSHandshakeTimeout: Silence, ResponseHeaderTimeout: 2 * Silence, MaxIdleConnsPerHost: 4,
	}}
	defer s.client.CloseIdleConnections()
	body, err := s.join(ctx)
	if err != nil {
		return err
	}
	defer body.Close()
	// Before any order: a load may begin at once, and its base instant needs the offset.
	for range recent {
		if s.exchange(ctx) != nil {
			break // the stream of orders shows why
		}
	}
	s.silent = time.AfterFunc(Silence, func() { cancel(fmt.Errorf("the coordinator was silent for %s", Silence)) })
	defer s.silent.Stop()
	var beating sync.WaitGroup
	beating.Go(func() { s.compare(ctx) })
	err = s.follow(ctx, body)
	if cause := context.Cause(ctx); cause != nil && err != nil {
		err = cause
	}
	cancel(err)
	beating.Wait()
	s.running.Wait()
	return err
}

// serving is an agent with a coordinator.
type serving struct {
	Agent
	client  *http.Client
	clocks  estimate
	silent  *time.Timer // ends it
	end     context.CancelCauseFunc
	loads   map[string]*offering // by number; used by follow alone
	running sync.WaitGroup
}

// join connects, and returns the stream of orders. A coordinator that cannot be reached is
// tried again: it may start later than its agents.
func (s *serving) join(ctx context.Context) (io.ReadCloser, error) {
	hello, err := json.Marshal(hello{Index: s.Index, Version: s.Version, Host: s.Host, Node: s.Node})
	if err != nil {
		return nil, err
	}
	patience := time.NewTimer(joinPatience)
	defer patience.Stop()
	again := time.NewTicker(beat)
	defer again.Stop()
	for {
		//nolint:bodyclose // Run closes it
		response, err := s.request(ctx, http.MethodPost, "orders", bytes.NewReader(hello), nil)
		var refused refusal
		if err == nil {
			return response.Body, nil
		}
		if errors.As(err, &refused) {
			return nil, err
		}
		s.Log.Info("the coordinator cannot be reached yet", "error", err)
		select {
		case <-again.C:
		case <-patience.C:
			return nil, fmt.Errorf("join the coordinator at %s within %s: %w", s.Address, joinPatience, err)
		case <-ctx.Done():
			return nil, fmt.Errorf("join the coordinator at %s: %w", s.Address, err)
		}
	}
}

// refusal is an answer of the coordinator that is an error.
type refusal struct {
	code int
	text string
}

func (r refusal) Error() string {
	return fmt.Sprintf("the coordinator refuses it (%d): %s", r.code, r.text)
}

// request calls the coordinator.
func (s *serving) request(ctx context.Context, method, path string, body io.Reader,
	header map[string]string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, "https://"+s.Address+"/"+path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.Token.Reveal())
	for name, value := range header {
		request.Header.Set(name, value)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		text, readErr := io.ReadAll(io.LimitReader(response.Body, 1<<10))
		return nil, errors.Join(refusal{response.StatusCode, strings.TrimSpace(string(text))}, readErr, response.Body.Close())
	}
	return response, nil
}

// call is a request without an answer.
func (s *serving) call(ctx context.Context, method, path string, body io.Reader, header map[string]string) error {
	response, err := s.request(ctx, method, path, body, header)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body) // so that the connection is used again
	return errors.Join(err, response.Body.Close())
}

// compare compares the clocks with each beat. It is the agent's sign of life, too.
func (s *serving) compare(ctx context.Context) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = s.exchange(ctx) // the streams show a connection that breaks
		case <-ctx.Done():
			return
		}
	}
}

// exchange compares the clocks once.
func (s *serving) exchange(ctx context.Context) error {
	sent := s.Clock()
	theirs, err := s.ask(ctx)
	if err == nil {
		s.clocks.add(exchange{sent, theirs, s.Clock()})
	}
	return err
}

func (s *serving) ask(ctx context.Context) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, Silence)
	defer cancel()
	response, err := s.request(ctx, http.MethodGet, "clock?index="+strconv.Itoa(s.Index), nil, nil)
	if err != nil {
		return time.Time{}, err
	}
	var answer now
	return answer.Now, errors.Join(json.NewDecoder(response.Body).Decode(&answer), response.Body.Close())
}

// follow carries out orders until there are no more.
func (s *serving) follow(ctx context.Context, body io.Reader) error {
	orders := json.NewDecoder(heard{body, s.silent})
	for {
		var o order
		if err := orders.Decode(&o); err != nil {
			return fmt.Errorf("the connection to the coordinator broke: %w", err)
		}
		load := s.loads[o.Load]
		switch {
		case o.Over:
			return nil
		case o.Start != nil:
			s.loads[o.Load] = s.start(ctx, o.Load, *o.Start)
		case load == nil: // a sign of life
		case o.Begin != nil:
			load.begins <- *o.Begin
		case o.Stop:
			load.stop()
		}
	}
}

// heard is a stream whose every byte is a sign of life.
type heard struct {
	io.Reader
	silent *time.Timer
}

func (h heard) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	h.silent.Reset(Silence)
	return n, err
}

// start offers a load next to others.
func (s *serving) start(ctx context.Context, id string, with start) *offering {
	loading, stop := context.WithCancel(ctx)
	load := &offering{serving: s, id: id, begins: make(chan begin, 1), stop: stop}
	s.running.Go(func() {
		defer stop()
		if err := load.offer(ctx, loading, with); err != nil {
			s.end(fmt.Errorf("load %s: %w", with.Spec.Generator(), err))
		}
	})
	return load
}

// dir is a folder for the files of a load.
func (s *serving) dir(id string) (string, error) {
	return os.MkdirTemp(s.Dir, "load-"+url.PathEscape(id)+"-")
}
