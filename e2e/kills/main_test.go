package kills

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/results"
)

// TestMain lets the test binary be the harness, and a harness that makes one fault.
func TestMain(m *testing.M) {
	if len(os.Args) == 5 && os.Args[1] == "make-fault" {
		if err := makeFault(os.Args[2], os.Args[3], os.Args[4]); err != nil {
			fmt.Println("error:", err)
			os.Exit(3)
		}
		return
	}
	rig.Main(m)
}

// holdFor is how long a fault lasts here.
const holdFor = 1500 * time.Millisecond

// makeFault makes one fault on a setup as a run does, through a guard of its own.
func makeFault(setup, path, run string) (err error) {
	s, err := spec.LoadSetup(setup)
	if err != nil {
		return err
	}
	s.Run = run
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	t, err := target.Open("")(ctx, s, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close(ctx)) }()
	for _, caveat := range t.Caveats {
		fmt.Println("caveat:", caveat)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	m, err := manifest.Parse(path, raw)
	if err != nil {
		return err
	}
	targets, err := t.Driver.Check(ctx, m)
	if err != nil {
		return err
	}
	fault, err := t.Driver.Fault(m, targets)
	if err != nil {
		return err
	}
	start := time.Now()
	session := chaos.NewSession(fault, chaos.Options{Clock: func() results.Offset { return results.OffsetOf(time.Since(start)) }})
	fmt.Println("begins")
	// A fault may have nothing to hit here, such as a stream: what counts is that it ends.
	err = session.Run(ctx, chaos.Plan{Hold: holdFor})
	fmt.Println("ended:", session.Injection().Proof, err)
	return nil
}
