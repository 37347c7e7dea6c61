package testbed

import (
	"io"
	"net"
	"net/http"
	"time"
)

// serveHTTP answers every request until the listener is closed.
func serveHTTP(listener net.Listener) <-chan struct{} {
	done := make(chan struct{})
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			_, _ = io.WriteString(w, "ok")
		}),
	}
	go func() {
		defer close(done)
		_ = server.Serve(listener) // ends with the listener
	}()
	return done
}
