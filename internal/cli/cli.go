// Package cli is the command line of the harness, one file a subcommand.
//
//  1. [Main] hands the process to k6 for `harness k6`, and otherwise turns signals into
//     the end of a context.
//  2. [Run] parses one command line and runs its subcommand.
//  3. A subcommand loads its files, calls experiment, analyzer or lab, and prints.
//  4. The error that it returns decides the exit code.
//
// A command line can run within a test:
//
//	var out, problems bytes.Buffer
//	code := cli.Run(ctx, []string{"plan", "examples/first-look.yaml"}, cli.Streams{Out: &out, Err: &problems})
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/scenarios"
)

// Exit codes.
const (
	ExitPass         = 0
	ExitFail         = 1
	ExitInconclusive = 2
	ExitCannotRun    = 3
)

// verdictError carries the exit code of a verdict that is not a pass. It has been
// reported already and is not printed.
type verdictError int

func (v verdictError) Error() string { return fmt.Sprintf("exit code %d", int(v)) }

// Main runs the command line of this process and returns its exit code.
func Main() int {
	os.Args = asK6(os.Args)
	args := os.Args[1:]
	switch {
	case isRunner(args, os.Getenv):
		args = append([]string{"runner"}, args[2:]...)
	case len(args) > 0 && args[0] == "k6":
		scenarios.Main() // k6 reads os.Args and exits by itself: it gets the whole process
	}
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup ignores it
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	return Run(ctx, args, Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
}

// asK6 reads "k6 run" as "harness k6 run": images have a link k6 to the harness.
func asK6(args []string) []string {
	if filepath.Base(args[0]) != "k6" || len(args) > 1 && args[1] == "k6" {
		return args
	}
	return slices.Insert(slices.Clone(args), 1, "k6")
}

// Streams are the standard streams of a command.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Run runs one command line, without the program's name, and returns its exit code.
func Run(ctx context.Context, args []string, s Streams) int {
	root := newRoot(args)
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	return finish(execute(ctx, root, args), s.Err)
}

// finish prints an error that is not a verdict, and returns the exit code.
func finish(err error, out io.Writer) int {
	var verdict verdictError
	switch {
	case err == nil:
		return ExitPass
	case errors.As(err, &verdict):
		return int(verdict)
	}
	fmt.Fprintln(out, secret.Clean(err.Error())) // the exit code reports the failure as well
	return ExitCannotRun
}

// execute runs the command. A panic is an error of it: the exit code of a Go program that
// panics is 2, which is that of an inconclusive run.
func execute(ctx context.Context, root *cobra.Command, args []string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("harness %s: the harness itself has failed: %v\nThis is a defect of the harness. "+
				"Report it with the files of the command and with this trace:\n%s", strings.Join(args, " "), p, debug.Stack())
		}
	}()
	return root.ExecuteContext(ctx)
}

// newRoot is the command tree. Runs record the command line that made them.
func newRoot(args []string) *cobra.Command {
	line := secret.Clean(strings.Join(append([]string{"harness"}, args...), " "))
	root := &cobra.Command{
		Use:           "harness",
		Short:         "Run load and chaos experiments on Odoo logistics workloads and judge them",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version(buildInfo()),
	}
	root.AddCommand(newLearn(), newForecast(), newCampaign())
	root.AddCommand(
		newDemo(line), newInit(), newPlan(), newRun(line), newCapacity(line), newRecovery(line), newChange(line),
		newAnalyze(), newCompare(), newTrend(), newReport(), newReadiness(), newVerify(), newSchema(), newVersion(buildInfo()),
		newLab(), newDoctor(), newClean(), newGuard(), newSidecar(), newWatchdog(), newLoad(), newRunner(), newK6Help(),
	)
	return root
}

// newK6Help documents the k6 subcommand, which [Main] handles before cobra does.
func newK6Help() *cobra.Command {
	return &cobra.Command{
		Use:   "k6",
		Short: "Run plain k6 with k6/x/odoo and the open-arrival executor (harness k6 --help)",
		Run:   func(*cobra.Command, []string) {},
	}
}
