package k6

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"odooharness/scenarios/wire"
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
	begin  chan time.Time // the base instant, once it is known

	telling  sync.Mutex // guards what follows
	progress *os.File
	gone     bool // it reads no more
}

func newHarness() *harness {
	return &harness{
		orders: json.NewDecoder(os.NewFile(OrdersPipe, "orders")), begin: make(chan time.Time, 1),
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
	case base := <-h.begin:
		return base, nil
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("wait for the trial to begin: %w", ctx.Err())
	}
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
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	for {
		var order wire.Begin
		if h.orders.Decode(&order) != nil {
			break
		}
		h.begin <- order.Base
	}
	select {
	case <-signals:
	default:
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM) // one's own process can always be signalled
	}
	<-time.After(closeLimit)
	closeTables()
	os.Exit(1)
}
