package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/latency"
	"example.org/odooharness/analyzer/report"
)

// format is one way to render a judgement.
type format struct {
	name   string
	file   string // in the folder of the run; none for what is rendered on request alone
	render func(io.Writer, *analyzer.Judgement) error
}

func formats() []format {
	return []format{
		{"html", "report.html", report.HTML},
		{"md", "report.md", report.Markdown},
		{"json", "findings.json", report.JSON},
		{"junit", "junit.xml", report.JUnit},
		{"csv", "windows.csv", report.CSV},
	}
}

// spectrumName is one of the distributions of a run: an hgrm file holds one.
type spectrumName struct {
	window string
	trial  int // position, from 1; 0: the only one
}

func newReport() *cobra.Command {
	var name string
	var of spectrumName
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Render a saved run to standard output",
		Long: `Render a saved run to standard output.

hgrm is the percentile distribution of HdrHistogram's plotters, for one window of one
trial: latency from the intended start, abiding tenants, all journeys.`,
		Example: `  harness report results/runs/peak-season/latest --format html >report.html
  harness report results/runs/peak-season/latest --format hgrm --window baseline --trial 1 >baseline.hgrm`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			render, err := renderer(name, of)
			if err != nil {
				return err
			}
			run, err := openRun(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			judgement, err := analyzer.Analyze(run, analyzer.Options{})
			if err != nil {
				return err
			}
			return render(cmd.OutOrStdout(), judgement)
		},
	}
	cmd.Flags().StringVar(&name, "format", "terminal", strings.Join(formatNames(), ", "))
	cmd.Flags().StringVar(&of.window, "window", "", "hgrm: the window")
	cmd.Flags().IntVar(&of.trial, "trial", 0, "hgrm: the position of the trial; required when the run has several")
	return cmd
}

// formatNames lists what --format accepts.
func formatNames() []string {
	names := []string{"terminal"}
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return append(names, "hgrm")
}

func renderer(name string, of spectrumName) (func(io.Writer, *analyzer.Judgement) error, error) {
	if name != "hgrm" && of != (spectrumName{}) {
		return nil, fmt.Errorf("--window and --trial select a distribution: add --format hgrm")
	}
	switch name {
	case "terminal":
		return func(out io.Writer, j *analyzer.Judgement) error { return report.Terminal(out, j, isTerminal(out)) }, nil
	case "hgrm":
		return func(out io.Writer, j *analyzer.Judgement) error {
			line, err := spectrumOf(j, of)
			if err != nil {
				return err
			}
			return report.HGRM(out, line)
		}, nil
	}
	all := formats()
	i := slices.IndexFunc(all, func(f format) bool { return f.name == name })
	if i < 0 {
		return nil, fmt.Errorf("unknown format %q: write %s", name, strings.Join(formatNames(), ", "))
	}
	return all[i].render, nil
}

// spectrumOf finds a distribution. Its error lists those that the run has.
func spectrumOf(j *analyzer.Judgement, of spectrumName) (latency.SpectrumLine, error) {
	var trials []string
	for _, t := range j.Trials {
		trials = append(trials, fmt.Sprintf("%d (%s)", t.Trial.Position, t.Trial.Setup))
		if of.trial != t.Trial.Position && (of.trial != 0 || len(j.Trials) > 1) {
			continue
		}
		var windows []string
		for _, line := range t.Spectrum {
			if line.Window == of.window {
				return line, nil
			}
			if !slices.Contains(windows, line.Window) {
				windows = append(windows, line.Window)
			}
		}
		if len(windows) == 0 {
			return latency.SpectrumLine{}, errors.New("trial " + strconv.Itoa(t.Trial.Position) + " has no latencies")
		}
		return latency.SpectrumLine{}, fmt.Errorf("unknown window %q: write --window with one of %s", of.window,
			strings.Join(windows, ", "))
	}
	if len(trials) == 0 {
		return latency.SpectrumLine{}, errors.New("the run has no trials")
	}
	return latency.SpectrumLine{}, fmt.Errorf("an hgrm file has one distribution: write --trial with one of %s",
		strings.Join(trials, ", "))
}
