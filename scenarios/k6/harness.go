package k6

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"go.k6.io/k6/errext"
	"go.k6.io/k6/errext/exitcodes"

	"example.org/odooharness/scenarios/wire"
)

// Pipes of a load generator that the harness started. Their numbers follow
// standard error.
const (
	OrdersPipe   = 3 // read: a wire.Spec, then a wire.Begin, as JSON; it ends with the harness
	ProgressPipe = 4 // write: a wire.Message a line
)

// harness is the one that started this load generator.
type harness struct {
	orders *json.Decoder
	begins chan time.Time  // the base instant, once it is known
	stop   <-chan struct{} // closed when a signal requested the end; k6 listens later

	mu       sync.Mutex // guards what follows
	progress *os.File
	ended    bool // it reads no more
}

func newHarness() *harness {
	stop, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT) // as long as the process
	return &harness{
		orders: json.NewDecoder(os.NewFile(OrdersPipe, "orders")), begins: make(chan time.Time, 1), stop: stop.Done(),
		progress: os.NewFile(ProgressPipe, "progress"),
	}
}

// spec is the first order.
func (h *harness) spec() (wire.Spec, error) {
	var spec wire.Spec
	if err := h.orders.Decode(&spec); err != nil {
		return spec, fmt.Errorf("read the spec from the harness: %w", err)
	}
	return spec, nil
}

// base reports to the harness that the load is ready, and waits for the base instant.
func (h *harness) base(ctx context.Context) (time.Time, error) {
	h.report(wire.Message{Ready: true})
	select {
	case base := <-h.begins:
		return base, nil
	case <-h.stop:
		return time.Time{}, errStopped()
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("wait for the trial to begin: %w", ctx.Err())
	}
}

// until waits for an instant.
func (h *harness) until(ctx context.Context, instant time.Time) error {
	timer := time.NewTimer(time.Until(instant))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-h.stop:
		return errStopped()
	case <-ctx.Done():
		return fmt.Errorf("wait for the script's start: %w", ctx.Err())
	}
}

// stopped reports whether a signal requested the end of this process.
func (h *harness) stopped() bool {
	select {
	case <-h.stop:
		return true
	default:
		return false
	}
}

// errStopped ends k6 as its own handling of signals does.
func errStopped() error {
	return errext.WithExitCodeIfNone(errors.New("stopped before the load began"), exitcodes.ExternalAbort)
}

// report sends a line to the harness. When the harness has ended, follow ends the run.
func (h *harness) report(m wire.Message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return
	}
	line, err := json.Marshal(m)
	if err == nil {
		_, err = io.WriteString(h.progress, string(line)+"\n")
	}
	h.ended = err != nil
}

// close closes the pipe that the harness reads.
func (h *harness) close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return nil
	}
	h.ended = true
	return h.progress.Close()
}

// closeLimit is the time in which k6 must end by itself after the harness has ended.
const closeLimit = 10 * time.Second

// follow reads further orders, and ends the load when the harness has ended. First it
// sends a signal, like Ctrl-C. After closeLimit it closes the tables and exits. k6 exits
// at once at a second signal, so follow sends none after the harness's. It runs as long as
// the process.
func (h *harness) follow(closeTables func() wire.Final) {
	for {
		var order wire.Begin
		if h.orders.Decode(&order) != nil {
			break
		}
		h.begins <- order.Base
	}
	if !h.stopped() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM) // one's own process can always be signalled
	}
	<-time.After(closeLimit)
	closeTables()
	os.Exit(1)
}
