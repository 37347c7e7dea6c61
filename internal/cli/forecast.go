package cli

import (
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/workload"
	"example.org/odooharness/workload/files"
	"example.org/odooharness/workload/script"
)

func newForecast() *cobra.Command {
	var p workload.Peak
	var factor, growth, out, setup, level string
	var seed uint64
	cmd := &cobra.Command{
		Use:   "forecast WORKLOAD --date DATE",
		Short: "Expect the documents of a dated peak from the history of a workload",
		Long: `Expect the documents of a dated peak from the history of a workload.

The peak of earlier years is multiplied by the growth since then. Earlier peaks are on the same
weekday 52, 104, ... weeks before, or on the dates of --like. --out writes forecast.yaml and a
script with the peak hour. docs/readiness.md explains the interval.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err1, err2 error
			p.Factor, err1 = estimate("--factor", factor)
			p.Growth, err2 = estimate("--growth", growth)
			if level != "expected" && level != "high" {
				return fmt.Errorf("--level %s: write expected or high", level)
			}
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			w, input, err := files.ReadWorkload(args[0])
			if err != nil {
				return err
			}
			f, err := w.Forecast(p)
			if err != nil && len(f.Expected) == 0 {
				return err
			}
			f.Workload = &workload.Input{Path: input.Path, SHA256: input.SHA256}
			if err != nil {
				for problem := range strings.SplitSeq(err.Error(), "\n") {
					f.Missing = append(f.Missing, workload.Missing{What: problem, Effect: "nothing is expected of it"})
				}
			}
			printExpected(cmd.OutOrStdout(), f)
			if out == "" {
				return nil
			}
			path := filepath.Join(out, "forecast.yaml")
			if err := files.Write(path, f); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "\nwritten: %s\n", path)
			return writeScript(cmd.OutOrStdout(), out, setup, w, scaled(f, level, seed))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&p.Date, "date", "", "of the peak, for example 2026-11-27")
	flags.StringVar(&p.Name, "name", "", "of the peak, for the report")
	flags.StringSliceVar(&p.Like, "like", nil, "dates of earlier peaks, in place of the same weekday of earlier years")
	flags.StringVar(&p.Until, "until", "", "last day of the history that is used: holds the days after it back")
	flags.StringVar(&factor, "factor", "", "campaign on top of the earlier peaks: 1.2, or an interval of 90 %: 1.1..1.4")
	flags.StringVar(&growth, "growth", "", "factor a year in place of the history's: 1.2, or an interval of 90 %: 1.1..1.3")
	flags.StringVar(&out, "out", "", "existing folder for forecast.yaml and workload.js")
	flags.StringVar(&level, "level", "expected", "load of the script: expected, or high, the upper end of the interval")
	flags.StringVar(&setup, "setup", "", "with --out, a setup file: write experiment.yaml for it as well")
	flags.Uint64Var(&seed, "seed", 1, "seed of the bursts in the script")
	_ = cmd.MarkFlagRequired("date") // the flag exists
	return cmd
}

// estimate reads "1.2" or "1.1..1.3". The value of an interval is its geometric mean.
func estimate(flag, text string) (*workload.Estimate, error) {
	if text == "" {
		return nil, nil //nolint:nilnil // not given
	}
	first, last, ok := strings.Cut(text, "..")
	if !ok {
		last = first
	}
	low, err1 := strconv.ParseFloat(first, 64)
	high, err2 := strconv.ParseFloat(last, 64)
	if err1 != nil || err2 != nil || !(low > 0) || !(high >= low) || math.IsInf(high, 0) {
		return nil, fmt.Errorf("%s %s: write a factor such as 1.2, or an interval such as 1.1..1.3", flag, text)
	}
	return &workload.Estimate{Value: math.Sqrt(low * high), Low: low, High: high}, nil
}

// scaled is the script of a forecast.
func scaled(f workload.Forecast, level string, seed uint64) script.Options {
	o := script.Options{Seed: seed, PerHour: map[string]float64{},
		Origin: fmt.Sprintf("It is scaled to the forecast of %s (%s), from workload.yaml, SHA-256 %s.", f.Date, level,
			f.Workload.SHA256[:12])}
	for _, e := range f.Expected {
		o.PerHour[e.Tenant+" "+e.Journey] = e.PerHour.Value
		if level == "high" {
			o.PerHour[e.Tenant+" "+e.Journey] = e.PerHour.High
		}
	}
	return o
}

func printExpected(out io.Writer, f workload.Forecast) {
	fmt.Fprintf(out, "%s: documents with intervals of %s, zone %s\n", strings.TrimSpace(f.Date+" "+f.Name),
		finding.Share(f.Confidence), f.Timezone)
	t := newTable(out, "tenant", "journey", "busiest hour", "day", "growth a year", "over an ordinary day")
	row := func(tenant string, e workload.Expected) {
		t.AppendRow([]any{tenant, e.Journey, documents(e.PerHour), documents(e.PerDay), interval(e.Growth),
			finding.Ratio(e.Factor.Value)})
	}
	for _, e := range f.Expected {
		row(e.Tenant, e)
	}
	if len(f.Expected) != len(f.Total) || len(f.Expected) > 0 && f.Expected[0].Tenant != f.Expected[len(f.Expected)-1].Tenant {
		for _, e := range f.Total {
			row("all", e)
		}
	}
	t.Render()
	sources := map[string]bool{}
	for _, e := range f.Expected {
		if text := e.Source; !sources[text] {
			fmt.Fprintf(out, "%s %s: %s\n", e.Tenant, e.Journey, text)
			sources[text] = true
		}
	}
	printMissing(out, f.Missing)
}

// documents words an estimate of whole documents.
func documents(e workload.Estimate) string {
	round := func(v float64) string { return finding.Count(int(math.Round(v))) }
	return fmt.Sprintf("%s (%s to %s)", round(e.Value), round(e.Low), round(e.High))
}
