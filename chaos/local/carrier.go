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
)

// carrierControl is CarrierChaos: the control port of the lab's carrier sets the share
// of requests that fail or double, and resets it. The proof requests a label as a
// connector would, under a key of its own.
type carrierControl struct {
	name     string
	base     string // http://host:port of the carrier itself
	action   string
	percent  int
	requests int
}

func buildCarrier(r request, part Part) (chaos.Fault, error) {
	spec := r.document.Carrier.Spec
	if part.Proxy == nil {
		return nil, fmt.Errorf("spec.selector: the address of %s is not known; only a lab's carrier can be made to fail", part.Name)
	}
	f := &carrierControl{name: part.Name, base: "http://" + part.Proxy.Upstream(), action: spec.Action, percent: 100}
	if spec.Parameters != nil {
		f.percent = spec.Parameters.Percent
	}
	return f, nil
}

func (f *carrierControl) Prepare(ctx context.Context) error {
	status, err := f.call(ctx, http.MethodGet, "/healthz", "", nil)
	if err == nil && status != http.StatusNoContent {
		err = fmt.Errorf("%s answers %d: it is not the lab's carrier", f.name, status)
	}
	return err
}

func (f *carrierControl) Inject(ctx context.Context) error {
	return f.set(ctx, url.Values{f.action: {fmt.Sprint(float64(f.percent) / 100)}})
}

func (f *carrierControl) set(ctx context.Context, shares url.Values) error {
	status, err := f.call(ctx, http.MethodPost, "/control?"+shares.Encode(), "", nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("set %s: it answered %d", f.name, status)
	}
	return err
}

// InEffect requests one label twice under one key. The answers show the fault: 503, or a second label where the first belonged.
func (f *carrierControl) InEffect(ctx context.Context) (chaos.Proof, error) {
	first, second, err := f.twice(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	shown := first == http.StatusServiceUnavailable || second == http.StatusServiceUnavailable
	if f.action == "double" {
		shown = first == http.StatusCreated && second == http.StatusCreated
	}
	return chaos.Proof{Shown: shown,
		Evidence: fmt.Sprintf("%s: two requests with one key were answered %d and %d", f.name, first, second)}, nil
}

// twice requests the same label two times.
func (f *carrierControl) twice(ctx context.Context) (first, second int, err error) {
	f.requests++
	key := fmt.Sprintf("harness-proof/%s-%d", f.action, f.requests)
	body, err := json.Marshal(map[string]string{"Database": "harness-proof", "Reference": key})
	if err != nil {
		return 0, 0, fmt.Errorf("request to %s: %w", f.name, err)
	}
	if first, err = f.call(ctx, http.MethodPost, "/labels", key, body); err != nil {
		return 0, 0, err
	}
	second, err = f.call(ctx, http.MethodPost, "/labels", key, body)
	return first, second, err
}

func (f *carrierControl) Recover(ctx context.Context) error { return f.set(ctx, nil) }

func (f *carrierControl) Recovered(ctx context.Context) (chaos.Proof, error) {
	first, second, err := f.twice(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{Shown: first == http.StatusCreated && second == http.StatusOK,
		Evidence: fmt.Sprintf("%s: two requests with one key were answered %d and %d", f.name, first, second)}, nil
}

// Close has nothing to release.
func (f *carrierControl) Close(context.Context) error { return nil }

// call is one request; the answer's body is not of interest.
func (f *carrierControl) call(ctx context.Context, method, path, key string, body []byte) (status int, err error) {
	request, err := http.NewRequestWithContext(ctx, method, f.base+path, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("request to %s: %w", f.name, err)
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("request to %s: %w", f.name, err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)); err != nil {
		return 0, fmt.Errorf("request to %s: %w", f.name, err)
	}
	return response.StatusCode, nil
}
