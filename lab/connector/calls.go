package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"example.org/odooharness/lab"
)

// label requests a label from the carrier and returns its tracking number.
func (c *connector) label(ctx context.Context, j job) (string, error) {
	body := struct {
		Database  string `json:"database"`
		Reference string `json:"reference"`
	}{j.database, j.reference}
	header := http.Header{"Idempotency-Key": {j.key()}}
	status, answer, err := c.post(ctx, c.config.Carrier+"/labels", "", header, body)
	if err != nil {
		return "", fmt.Errorf("request a label from the carrier: %w", err)
	}
	var made struct {
		Tracking string `json:"tracking"`
	}
	if status != http.StatusOK && status != http.StatusCreated {
		return "", fmt.Errorf("request a label from the carrier: status %d: %s", status, answer)
	}
	if err := json.Unmarshal(answer, &made); err != nil || made.Tracking == "" {
		return "", errors.Join(fmt.Errorf("request a label from the carrier: it answered %s", answer), err)
	}
	return made.Tracking, nil
}

// writeBack stores the tracking number on the transfer, through the ingress like
// any client. Writing it twice changes nothing.
func (c *connector) writeBack(ctx context.Context, j job, tracking string) error {
	t := c.owners[j.database]
	if t.User != 0 {
		return c.writeBackExternally(ctx, t, j, tracking)
	}
	body := struct {
		IDs  []int64           `json:"ids"`
		Vals map[string]string `json:"vals"`
	}{[]int64{j.picking}, map[string]string{"carrier_tracking_ref": tracking}}
	header := http.Header{"Authorization": {"bearer " + t.Key}}
	status, answer, err := c.post(ctx, t.URL+"/json/2/stock.picking/write", t.Host, header, body)
	if err != nil {
		return fmt.Errorf("write the tracking number back: %w", err)
	}
	if status == http.StatusNotFound && bytes.Contains(answer, []byte("MissingError")) {
		c.phantom(j)
		return nil
	}
	if status != http.StatusOK {
		return fmt.Errorf("write the tracking number back: status %d: %.200s", status, answer)
	}
	return nil
}

// phantom reports a label for a shipment that never was, which is only possible past the
// outbox.
func (c *connector) phantom(j job) {
	c.log.Error("phantom job: the transfer does not exist", "database", j.database, "reference", j.reference)
}

// writeBackExternally is writeBack over /jsonrpc, whose errors have status 200.
func (c *connector) writeBackExternally(ctx context.Context, t Tenant, j job, tracking string) error {
	body := map[string]any{"jsonrpc": "2.0", "method": "call", "params": map[string]any{
		"service": "object", "method": "execute_kw", "args": []any{t.Database, t.User, t.Key, "stock.picking", "write",
			[]any{[]int64{j.picking}, map[string]string{"carrier_tracking_ref": tracking}}}}}
	status, answer, err := c.post(ctx, t.URL+"/jsonrpc", t.Host, http.Header{}, body)
	if err != nil {
		return fmt.Errorf("write the tracking number back: %w", err)
	}
	var came struct {
		Result bool `json:"result"`
		Error  struct {
			Data struct {
				Name string `json:"name"`
			} `json:"data"`
		} `json:"error"`
	}
	if status != http.StatusOK {
		return fmt.Errorf("write the tracking number back: status %d: %.200s", status, answer)
	}
	if err := json.Unmarshal(answer, &came); err != nil {
		return fmt.Errorf("write the tracking number back: Odoo answered %.200s: %w", answer, err)
	}
	switch {
	case came.Result:
		return nil
	case strings.HasSuffix(came.Error.Data.Name, ".MissingError"):
		c.phantom(j)
		return nil
	}
	return fmt.Errorf("write the tracking number back: Odoo answered with %q", came.Error.Data.Name)
}

// post sends a JSON body and reads the whole answer, so that connections are kept.
func (c *connector) post(ctx context.Context, url, host string, header http.Header, body any) (int, []byte, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(raw))
	if err != nil {
		return 0, nil, err
	}
	req.Header = header
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", lab.ConnectorAgent)
	if host != "" {
		req.Host = host
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return resp.StatusCode, answer, err
}
