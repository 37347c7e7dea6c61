package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/experiment"
	"example.org/odooharness/experiment/conduct"
	"example.org/odooharness/experiment/generators"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/experiment/watch"
	"example.org/odooharness/internal/cli/stopping"
	"example.org/odooharness/internal/lines"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

type runOptions struct {
	line       string // the command line, for the manifest
	results    string
	reportOnly bool
	weaknesses []string
	only       []string // setups and remedies
	changes    []func(*spec.Experiment) error
}

func newRun(line string) *cobra.Command {
	o := runOptions{line: line}
	var count int
	var ingress results.Ingress
	cmd := &cobra.Command{
		Use:   "run EXPERIMENT",
		Short: "Run an experiment, judge it and report it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("generators") {
				o.changes = append(o.changes, func(e *spec.Experiment) error { return e.SetGenerators(count) })
			}
			o.changes = append(o.changes, setIngress(&ingress))
			return runExperiment(cmd, args[0], o)
		},
	}
	o.flags(cmd)
	onlyFlag(cmd, &o.only)
	ingressFlag(cmd, &ingress)
	cmd.Flags().IntVar(&count, "generators", 0,
		"processes that offer the load of each scenario, in place of generators.count of the experiment")
	cmd.Flags().StringSliceVar(&o.weaknesses, "weakness", nil,
		"plant a weakness in every lab of the experiment (harness lab weaknesses lists them)")
	return cmd
}

func (o *runOptions) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.results, "results", defaultRuns, "folder of the runs, or s3://bucket/prefix")
	cmd.Flags().BoolVar(&o.reportOnly, "report-only", false, "exit 0 for every verdict; 3 when the run could not be made")
}

func runExperiment(cmd *cobra.Command, path string, o runOptions) error {
	ctx := cmd.Context()
	e, planned, err := loadPlan(ctx, path, o.only, o.changes...)
	if err != nil {
		return err
	}
	if err := e.Plant(o.weaknesses); err != nil {
		return err
	}
	runs, err := keep(ctx, o.results)
	if err != nil {
		return err
	}
	bars := display(cmd.ErrOrStderr())
	runs.follow(ctx, lines.Logger(bars.Print))
	defer runs.end()
	load, endLoad, err := generators.Open(ctx, e, planned.Total, version(buildInfo()), lines.Logger(bars.Print))
	if err != nil {
		return errors.Join(err, bars.Close())
	}
	conductor := conduct.Conductor{
		Root: runs.root, Open: target.Open(lab.DefaultDir()), Lock: target.Lock, Load: load, Sample: conduct.Telemetry,
		Plan: experiment.Plan, Kept: scaleKept, Watch: bars, Look: stopping.Look,
		History: func(m results.Manifest) ([]results.Prior, error) { return stopping.History(runs.local(), m) },
		Command: o.line, Versions: versions(),
	}
	bars.Print(fmt.Sprintf("%s: %s, %s of measuring; harness plan %s lists what each does",
		e.Name, finding.Plural(len(planned.Trials), "trial"), planned.Total, path))
	dir, runErr := conductor.Run(ctx, e, planned)
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endLimit)
	defer cancel()
	if err := endLoad(ending); err != nil {
		bars.Print("the load generators: " + err.Error())
	}
	if err := bars.Close(); err != nil {
		return err
	}
	if dir == "" {
		return runErr
	}
	// What was recorded is judged even when the run was cut short.
	show := judge
	if runs.store != nil {
		show = judgeBriefly
	}
	judgement, judgeErr := show(dir, cmd.OutOrStdout())
	if err := runs.done(ctx, dir, logOf(cmd)); err != nil {
		return errors.Join(runErr, judgeErr, err)
	}
	if judgeErr != nil {
		return fmt.Errorf("judge what was recorded: %w", judgeErr)
	}
	if runErr != nil {
		return fmt.Errorf("the run was cut short: %w", runErr)
	}
	if o.reportOnly {
		return nil
	}
	return exitCode(judgement.Verdict)
}

// endLimit bounds the end of the load generators.
const endLimit = time.Minute

// display shows progress: bars on a terminal, lines elsewhere.
func display(out io.Writer) watch.Display {
	if file, ok := out.(*os.File); ok {
		return watch.New(file)
	}
	return watch.NewLines(out)
}

func newDemo(line string) *cobra.Command {
	o := runOptions{line: line}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Produce a first report within minutes, on the embedded target",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := os.MkdirTemp("", "harness-demo-*")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir)
			if err := layOut(dir); err != nil {
				return err
			}
			return runExperiment(cmd, filepath.Join(dir, "examples", "first-look.yaml"), o)
		},
	}
	o.flags(cmd)
	return cmd
}
