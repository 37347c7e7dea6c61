package local

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
)

// carrierTold is CarrierChaos: the lab's carrier is told to fail or to double, and
// told to behave again. The proof asks it for a label as a connector would, under a
// key of its own.
type carrierTold struct {
	name    string
	base    string // http://host:port of the carrier itself
	action  string
	percent int
	asked   int
}

func carrierFault(spec *manifest.CarrierSpec, part Part) (chaos.Fault, error) {
	if err := kindIs(part, "carrier"); err != nil {
		return nil, err
	}
	if part.Proxy == nil {
		return nil, fmt.Errorf("spec.selector: the address of %s is not known; only a lab's carrier can be told to fail", part.Name)
	}
	percent := 100
	if spec.Parameters != nil {
		percent = spec.Parameters.Percent
	}
	return &carrierTold{name: part.Name, base: "http://" + part.Proxy.Upstream(), action: spec.Action, percent: percent}, nil
}

func (f *carrierTold) Prepare(ctx context.Context) error {
	status, err := f.call(ctx, http.MethodGet, "/healthz", "", nil)
	if err == nil && status != http.StatusNoContent {
		err = fmt.Errorf("%s answers %d: it is not the lab's carrier", f.name, status)
	}
	return err
}

func (f *carrierTold) Inject(ctx context.Context) error {
	return f.tell(ctx, url.Values{f.action: {fmt.Sprint(float64(f.percent) / 100)}})
}

func (f *carrierTold) tell(ctx context.Context, told url.Values) error {
	status, err := f.call(ctx, http.MethodPost, "/control?"+told.Encode(), "", nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("tell %s: it answered %d", f.name, status)
	}
	return err
}

// InEffect asks for one label twice under one key, until the answers show the
// fault: 503, or a second label where the first belonged.
func (f *carrierTold) InEffect(ctx context.Context) (chaos.Proof, error) {
	first, second, err := f.twice(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	shown := first == http.StatusServiceUnavailable || second == http.StatusServiceUnavailable
	if f.action == "double" {
		shown = first == http.StatusCreated && second == http.StatusCreated
	}
	return chaos.Proof{Shown: shown,
		Evidence: fmt.Sprintf("%s: one key asked twice was answered %d and %d", f.name, first, second)}, nil
}

// twice asks for the same label two times.
func (f *carrierTold) twice(ctx context.Context) (first, second int, err error) {
	f.asked++
	key := fmt.Sprintf("harness-proof/%s-%d", f.action, f.asked)
	body, err := json.Marshal(map[string]string{"Database": "harness-proof", "Reference": key})
	if err != nil {
		return 0, 0, fmt.Errorf("ask %s: %w", f.name, err)
	}
	if first, err = f.call(ctx, http.MethodPost, "/labels", key, body); err != nil {
		return 0, 0, err
	}
	second, err = f.call(ctx, http.MethodPost, "/labels", key, body)
	return first, second, err
}

func (f *carrierTold) Recover(ctx context.Context) error { return f.tell(ctx, nil) }

func (f *carrierTold) Recovered(ctx context.Context) (chaos.Proof, error) {
	first, second, err := f.twice(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{Shown: first == http.StatusCreated && second == http.StatusOK,
		Evidence: fmt.Sprintf("%s: one key asked twice was answered %d and %d", f.name, first, second)}, nil
}

// Close has nothing to release.
func (f *carrierTold) Close(context.Context) error { return nil }

// call is one request; the answer's body is not of interest.
func (f *carrierTold) call(ctx context.Context, method, path, key string, body []byte) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, method, f.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("ask %s: %w", f.name, err)
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("ask %s: %w", f.name, err)
	}
	defer response.Body.Close() //nolint:errcheck // only read
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)); err != nil {
		return 0, fmt.Errorf("ask %s: %w", f.name, err)
	}
	return response.StatusCode, nil
}
