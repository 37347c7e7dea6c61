// Package ingress is the reverse proxy of the embedded lab, with the behaviour of
// the nginx in front of a real Odoo:
//
//  1. a request is sent on to the one upstream, its Host header kept, since that
//     names the tenant; client connections are kept alive, upstream ones are not,
//     as Odoo's own port closes after every answer;
//
//  2. an upstream that is down answers 502, one that is too slow 504. The upstream
//     does not notice: it goes on working, and may commit;
//
//  3. nothing is sent a second time, a second POST would be a second order;
//
//  4. what a tenant may use is limited: so many requests a second, so many at once. Requests
//     beyond get status 429;
//
//  5. every request becomes a line of the access log:
//     time_local host status request_time upstream_response_time upstream_status method path
//
//     err := ingress.Run(ctx, ingress.Config{Listen: "127.0.0.1:8080", Upstream: "127.0.0.1:8069", AccessLog: "access.log"})
package ingress

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"time"

	"example.org/odooharness/lab"
)

// Health is answered by the ingress itself, without its upstream.
const Health = "/.ingress/health"

// defaultTimeout is nginx's own proxy_read_timeout.
const defaultTimeout = 60 * time.Second

// Config is the configuration of an ingress process, a JSON file.
type Config struct {
	Listen   string `json:"listen"`
	Upstream string `json:"upstream"` // host:port, through the proxy
	// Bulk serves imports, grouped reports and connectors; empty: the upstream does.
	Bulk           string               `json:"bulk,omitempty"`
	Limits         map[string]lab.Limit `json:"limits,omitempty"` // by tenant
	GatewayTimeout time.Duration        `json:"gateway_timeout"`
	AccessLog      string               `json:"access_log"` // file, appended to
}

// LoadConfig reads the file.
func LoadConfig(path string) (Config, error) {
	var c Config
	raw, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("read the ingress's configuration: %w", err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("read the ingress's configuration %s: %w", path, err)
	}
	return c, nil
}

// Run serves until ctx ends, then lets requests in flight finish for a moment.
func Run(ctx context.Context, c Config) error {
	log, err := os.OpenFile(c.AccessLog, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("open the access log: %w", err)
	}
	defer log.Close() // lines are written unbuffered
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen for the ingress: %w", err)
	}
	server := &http.Server{Handler: Handler(c, log), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	select {
	case err := <-served:
		return fmt.Errorf("serve the ingress: %w", err)
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	err = server.Shutdown(closing)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	<-served
	return err
}

// transport opens a connection a request and gives up on the answer's first byte
// after the timeout.
func transport(timeout time.Duration) *http.Transport {
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	dialer := &net.Dialer{Timeout: timeout}
	return &http.Transport{
		DialContext:           dialer.DialContext,
		DisableKeepAlives:     true,
		DisableCompression:    true,
		ResponseHeaderTimeout: timeout,
	}
}

// Handler is the proxy; access lines go to log.
func Handler(c Config, log *os.File) http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: c.upstream(r.In)})
			r.Out.Host = r.In.Host
			r.SetXForwarded()
		},
		Transport: timed{transport(c.GatewayTimeout)},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			status := gatewayStatus(err)
			if access, ok := w.(*access); ok {
				access.upstreamStatus = status
			}
			page(w, status)
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Health, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.Handle("/", logged(limited(proxy, c.Limits), log))
	return mux
}

// upstream is the server for a request.
func (c Config) upstream(r *http.Request) string {
	if c.Bulk != "" && lab.IsBulk(r.URL.Path, r.UserAgent()) {
		return c.Bulk
	}
	return c.Upstream
}

// gatewayStatus is 504 for an upstream that is too slow, else 502.
func gatewayStatus(err error) int {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return http.StatusGatewayTimeout
	}
	return http.StatusBadGateway
}

// page is an error page in nginx's form, which clients distinguish from Odoo's own.
func page(w http.ResponseWriter, status int) {
	title := fmt.Sprintf("%d %s", status, http.StatusText(status))
	if status == http.StatusGatewayTimeout {
		title = "504 Gateway Time-out" // nginx's spelling
	}
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n"+
		"<hr><center>ingress</center>\r\n</body>\r\n</html>\r\n", title, title)
}
