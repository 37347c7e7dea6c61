package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/experiment"
	"example.org/odooharness/experiment/conduct"
	"example.org/odooharness/experiment/generators"
	"example.org/odooharness/experiment/plan"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/experiment/target"
	"example.org/odooharness/internal/cli/forecast"
	"example.org/odooharness/internal/cli/stopping"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios"
)

func newPlan() *cobra.Command {
	var asJSON, connect bool
	var detect float64
	var only []string
	var ingress results.Ingress
	cmd := &cobra.Command{
		Use:   "plan EXPERIMENT",
		Short: "Show what a run would do and can decide, without touching anything",
		Long: `Show what a run would do and can decide, without touching anything.

For each primary question it prints the smallest effect that the experiment finds, from the
arrivals that it expects and from earlier runs. --detect 1.2 supposes a true ratio of 1.2:
how likely it is found, and what to change.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if detect < 0 || detect > 1000 || math.IsNaN(detect) {
				return fmt.Errorf("--detect %g: write a ratio above 0 and at most 1000, e.g. 1.2", detect)
			}
			e, planned, err := loadPlan(cmd.Context(), args[0], only, setIngress(&ingress))
			if err != nil {
				return err
			}
			predicted, err := predict(e, planned)
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(struct {
					*plan.Plan
					Forecast forecast.Printed `json:"forecast"`
				}{planned, predicted.Printed(detect)})
			}
			printPlan(cmd.OutOrStdout(), e, planned)
			printIngress(cmd.Context(), cmd.OutOrStdout(), e)
			printForecast(cmd.OutOrStdout(), predicted, detect)
			if connect {
				return printConnect(cmd, e, planned)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), "\nNothing was touched. harness run performs this plan.")
			return err
		},
	}
	cmd.Flags().BoolVar(&connect, "connect", false,
		"also log in to every tenant, connect to every database, and verify the rights that the faults need; no load, no fault")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	onlyFlag(cmd, &only)
	ingressFlag(cmd, &ingress)
	cmd.Flags().Float64Var(&detect, "detect", 0, "true slowdown, or ratio of two setups, to be found, e.g. 1.2")
	return cmd
}

// onlyFlag restricts an experiment to some of its setups and remedies.
func onlyFlag(cmd *cobra.Command, only *[]string) {
	cmd.Flags().StringSliceVar(only, "only", nil, "setups and remedies to run, by name; default: all")
}

// loadPlan reads, changes and plans an experiment.
func loadPlan(ctx context.Context, path string, only []string, changes ...func(*spec.Experiment) error) (
	*spec.Experiment, *plan.Plan, error,
) {
	e, err := experiment.Load(path)
	if err == nil {
		err = e.Only(only)
	}
	for _, change := range changes {
		if err == nil {
			err = change(e)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	planned, err := experiment.Plan(ctx, e)
	return e, planned, err
}

// predict returns what an experiment can decide, with what earlier runs showed.
func predict(e *spec.Experiment, p *plan.Plan) (forecast.Forecast, error) {
	c := conduct.Conductor{Versions: versions()}
	priors, err := stopping.History(defaultRuns, c.Manifest(e))
	if err != nil {
		return forecast.Forecast{}, fmt.Errorf("read earlier runs: %w", err)
	}
	return forecast.New(e, p, priors), nil
}

func printPlan(w io.Writer, e *spec.Experiment, p *plan.Plan) {
	most := ""
	if e.Stopping != nil {
		most = "at most "
	}
	fmt.Fprintf(w, "%s: %s\n\n%s%s, %s of measuring, seed %d, order %s\n",
		p.Experiment, p.Hypothesis, most, finding.Plural(len(p.Trials), "trial"), p.Total, p.Seed, p.Order)

	trials := newTable(w, "trial", "setup", "length", "arrivals expected")
	for _, t := range p.Trials {
		var expected int64
		for _, b := range t.Bursts {
			for _, l := range b.Expected {
				expected += l.Planned
			}
		}
		trials.AppendRow(table.Row{t.Name, t.Setup, t.Length, expected})
	}
	trials.Render()
	printGenerators(w, e)
	printRemedies(w, e)

	for _, setup := range e.Setups {
		for _, t := range p.Trials {
			if t.Setup == setup.Name {
				printTrial(w, t)
				for _, line := range forecast.UnseenRecoveries(e, t) {
					fmt.Fprintln(w, line)
				}
				break
			}
		}
	}
	if s := p.Search; s != nil {
		fmt.Fprintf(w, "\nBisection between scales %g and %g, until the bracket is narrower than %.3g %%. "+
			"This is the first of at most %d scales.\n",
			s.From, s.To, 100*s.Within, s.Rates())
	}
	for _, note := range e.Notes {
		fmt.Fprintln(w, "\nNote: "+note)
	}
}

// printGenerators prints how many processes offer the load.
func printGenerators(w io.Writer, e *spec.Experiment) {
	if !e.Generators.Several() && !e.Generators.Pods() {
		return
	}
	logins := 0
	for _, s := range e.Scenarios {
		logins += scenarios.SessionsPerTenant * len(s.Tenants) * e.Generators.Count
	}
	fmt.Fprintf(w, "\nLoad: %d generators %s for each scenario, up to %s before a trial.\n", e.Generators.Count,
		generators.Where(e.Generators), finding.Plural(logins, "log-in"))
}

// printRemedies lists the variants that are tried.
func printRemedies(w io.Writer, e *spec.Experiment) {
	if len(e.Remedies) == 0 {
		return
	}
	fmt.Fprintln(w, "\nRemedies tried, each against the setup that it changes:")
	remedies := newTable(w, "remedy", "of", "change", "price")
	for _, r := range e.Remedies {
		price := finding.Dash
		if of, with := e.Setup(r.Of).Cost, e.Setup(r.Name).Cost; of != nil && with != nil && of.PerHour > 0 {
			price = fmt.Sprintf("%+.0f %%", 100*(with.PerHour/of.PerHour-1))
		}
		remedies.AppendRow(table.Row{r.Name, r.Of, r.About, price})
	}
	remedies.Render()
}

// printConnect attaches to the setups of a plan and prints what it found.
func printConnect(cmd *cobra.Command, e *spec.Experiment, p *plan.Plan) error {
	found, err := conduct.Connect(cmd.Context(), e, p, target.Open(lab.DefaultDir()), conduct.K6{}, logOf(cmd))
	fmt.Fprintln(cmd.OutOrStdout())
	for _, line := range found {
		fmt.Fprintln(cmd.OutOrStdout(), line)
	}
	return err
}

func printTrial(w io.Writer, t plan.Trial) {
	fmt.Fprintf(w, "\nEach trial of %s:\n", t.Setup)
	windows := newTable(w, "from", "to", "window", "what happens", "hits", "tenants affected")
	faults := map[string]plan.Fault{}
	for _, f := range t.Faults {
		faults[f.Name] = f
	}
	for _, win := range t.Windows {
		row := table.Row{seconds(win.From.Duration()), seconds(win.To.Duration()), win.Name, win.Kind, "", ""}
		if win.Block > 0 {
			row[3] = fmt.Sprintf("block %d", win.Block)
		}
		if f, ok := faults[win.Fault]; ok && win.Kind == "fault" {
			row[3] = fmt.Sprintf("%s %s", f.Kind, f.Action)
			row[4], row[5] = strings.Join(f.Targets, " "), strings.Join(f.Tenants, " ")
		}
		windows.AppendRow(row)
	}
	windows.Render()
	for _, f := range t.Faults {
		for _, reach := range f.Reach {
			fmt.Fprintf(w, "%s would hit %s\n", f.Name, reach)
		}
	}
	for _, d := range t.Drills {
		line := fmt.Sprintf("drill %s (%s, %s) at %s", d.Name, d.Kind, d.Strategy, seconds(d.At))
		if d.BreakAt > 0 {
			line += ", data lost at " + seconds(d.BreakAt)
		}
		if d.Store != "" {
			line += ", backup at " + d.Store
		}
		fmt.Fprintln(w, line)
	}
}

func newTable(w io.Writer, header ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(w)
	t.SetStyle(table.StyleLight)
	t.Style().Options.DrawBorder = false
	t.AppendHeader(table.Row(header))
	return t
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.0fs", d.Seconds()) }
