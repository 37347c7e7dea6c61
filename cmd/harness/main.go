// Command harness runs load and chaos experiments on Odoo and judges them.
//
// It answers three questions for the people who run Odoo for warehouses,
// carriers and logistics providers: how much a setup carries within its service
// levels, whether the peak season holds when PostgreSQL, Redis or the ingress
// misbehaves in the middle of it, and what a noisy neighbour costs the other
// tenants.
//
//	harness demo                          a first report, on the small embedded target
//	harness init DIR                      experiments, setups and objectives to edit
//	harness plan examples/first-look.yaml what a run would do, without touching anything
//	harness run  examples/first-look.yaml do it, judge it, report it
//	harness recovery EXPERIMENT           back up under load, lose the data, restore, audit
//	harness change EXPERIMENT             restart, update or deploy under load
//	harness analyze RUN                   judge a saved run again
//	harness compare A B                   is B worse than A?
//	harness trend RUN...                  figures through time, and where they changed
//	harness report RUN --format html      render it again
//	harness lab up|down|status|logs|build the local targets
//	harness doctor --sweep                remove what a crash left behind
//	harness k6 run script.js              plain k6 with our extensions
//
// Exit codes: 0 pass, 1 fail, 2 inconclusive or invalid, 3 could not run.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"example.org/odooharness/scenarios"
)

// Exit codes.
const (
	exitPass         = 0
	exitFail         = 1
	exitInconclusive = 2
	exitCannotRun    = 3
)

// verdictError carries the exit code of a verdict that is not a pass. It has been
// reported already and is not printed.
type verdictError int

func (v verdictError) Error() string { return fmt.Sprintf("exit code %d", int(v)) }

func main() {
	// k6 reads os.Args and exits by itself: it gets the process whole.
	if len(os.Args) > 1 && os.Args[1] == "k6" {
		scenarios.Main()
		return
	}
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup means to run on
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	code := execute(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var verdict verdictError
	switch {
	case err == nil:
		return exitPass
	case errors.As(err, &verdict):
		return int(verdict)
	}
	fmt.Fprintln(os.Stderr, err)
	return exitCannotRun
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "harness",
		Short:         "Load and chaos experiments on Odoo logistics workloads, judged",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(),
	}
	root.AddCommand(
		newDemo(), newInit(), newPlan(), newRun(), newCapacity(), newRecovery(), newChange(),
		newAnalyze(), newCompare(), newTrend(), newReport(), newSchema(),
		newLab(), newDoctor(), newClean(), newGuard(), newK6Help(),
	)
	return root
}

// newK6Help documents the k6 subcommand, which main hands over before cobra.
func newK6Help() *cobra.Command {
	return &cobra.Command{
		Use:   "k6",
		Short: "Plain k6 with k6/x/odoo and the open-arrival executor (harness k6 --help)",
		Run:   func(*cobra.Command, []string) {},
	}
}
