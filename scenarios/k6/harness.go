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
	asked  <-chan struct{} // closed when a signal asked this process to end; k6 listens later

	telling  sync.Mutex // guards what follows
	progress *os.File
	gone     bool // it reads no more
}

func newHarness() *harness {
	asked, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT) // as long as the process
	return &harness{
		orders: json.NewDecoder(os.NewFile(OrdersPipe, "orders")), begins: make(chan time.Time, 1), asked: asked.Done(),
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

// base tells the harness that the load is ready and waits for the trial's base instant.
func (h *harness) base(ctx context.Context) (time.Time, error) {
	h.tell(wire.Message{Ready: true})
	select {
	case base := <-h.begins:
		return base, nil
	case <-h.asked:
		return time.Time{}, errAsked()
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
	case <-h.asked:
		return errAsked()
	case <-ctx.Done():
		return fmt.Errorf("wait for the script's start: %w", ctx.Err())
	}
}

// wasAsked reports whether a signal asked this process to end.
func (h *harness) wasAsked() bool {
	select {
	case <-h.asked:
		return true
	default:
		return false
	}
}

// errAsked ends k6 as its own handling of signals does.
func errAsked() error {
	return errext.WithExitCodeIfNone(errors.New("asked to end before the load began"), exitcodes.ExternalAbort)
}

// tell sends a line to the harness. When nobody reads any more, follow ends the run.
func (h *harness) tell(m wire.Message) {
	h.telling.Lock()
	defer h.telling.Unlock()
	if h.gone {
		return
	}
	line, err := json.Marshal(m)
	if err == nil {
		_, err = io.WriteString(h.progress, string(line)+"\n")
	}
	h.gone = err != nil
}

// bye closes what the harness reads.
func (h *harness) bye() error {
	h.telling.Lock()
	defer h.telling.Unlock()
	if h.gone {
		return nil
	}
	h.gone = true
	return h.progress.Close()
}

// closeLimit is how long k6 may take to end by itself once the harness is gone.
const closeLimit = 10 * time.Second

// follow takes further orders, and ends the load when the harness is gone: first as a
// person would with Ctrl-C, and when that takes too long by closing the tables and
// leaving. k6 leaves at once at a second signal, so there is only one: the harness's
// last, or our own. It lives as long as the process.
func (h *harness) follow(closeTables func() wire.Final) {
	for {
		var order wire.Begin
		if h.orders.Decode(&order) != nil {
			break
		}
		h.begins <- order.Base
	}
	if !h.wasAsked() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM) // one's own process can always be signalled
	}
	<-time.After(closeLimit)
	closeTables()
	os.Exit(1)
}
