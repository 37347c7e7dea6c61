package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	matrix "example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/report"
	"example.org/odooharness/internal/cli/campaign"
)

// defaultCampaigns is the folder of the campaigns made here.
const defaultCampaigns = "results/campaigns"

// newCampaign measures every fault at every moment on every setup.
func newCampaign() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "campaign",
		Short: "Measure every fault at every moment on every setup: the resiliency matrix",
		Long: `Measure every fault at every moment on every setup: the resiliency matrix.

A campaign file names an experiment as template, faults, moments, setups and what each journey
has to keep. Each combination is one experiment, and one run of harness run. Runs with the same
inputs and versions are taken over, also those of other campaigns.`,
	}
	var in campaign.Folders
	cmd.PersistentFlags().StringVar(&in.Runs, "results", defaultRuns, "folder of the runs")
	cmd.PersistentFlags().StringVar(&in.Out, "out", defaultCampaigns,
		"folder of the campaigns: their experiments, logs and matrix")
	cmd.AddCommand(campaignPlan(&in), campaignRun(&in), campaignStatus(&in))
	return cmd
}

func loadCampaign(ctx context.Context, path string, in campaign.Folders) (*campaign.Campaign, error) {
	in.Versions = versions()
	return campaign.Load(ctx, path, in)
}

func campaignPlan(in *campaign.Folders) *cobra.Command {
	return &cobra.Command{
		Use:   "plan FILE",
		Short: "Write the experiments, and show which of them have evidence and how long the others need",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := loadCampaign(cmd.Context(), args[0], *in)
			if err != nil {
				return err
			}
			m, err := c.Survey(cmd.Context(), time.Now())
			if err != nil {
				return err
			}
			t := newTable(cmd.OutOrStdout(), "setup", "fault", "moment", "at", "journeys", "trials", "evidence")
			var open time.Duration
			runs := 0
			all := planned(c)
			cells := m.Cells
			for _, w := range m.Worst {
				for _, moment := range w.Moments {
					cells = append(cells, moment.Cell)
				}
			}
			for _, e := range all {
				i := slices.IndexFunc(cells, func(cell matrix.Cell) bool { return cell.Experiment == e.File })
				if i < 0 {
					continue
				}
				cell := cells[i]
				t.AppendRow(table.Row{e.Setup, e.Fault, e.Moment, e.At, len(e.Wanted), e.Expected, evidenceText(cell)})
				if cell.Pending() {
					open, runs = open+e.Expected, runs+1
				}
			}
			t.Render()
			w := &lineWriter{out: cmd.OutOrStdout()}
			w.printf("\n%s of %s to run, %s of measuring", finding.Count(runs), finding.Plural(len(all), "experiment"), open)
			if more := moreText(c, m); more != "" {
				w.printf("; %s more", more)
			}
			if c.Budget > 0 {
				w.printf("; budget %s", c.Budget)
			}
			w.printf(".\nNothing was measured. harness campaign run performs this plan; %s has the experiments.\n",
				filepath.Join(c.Dir, "cells"))
			return w.err
		},
	}
}

// moreText counts what the table does not have: "1 ladder, 2 doses". A search that has ended
// does not count.
func moreText(c *campaign.Campaign, m *matrix.Matrix) string {
	doses, refined := 0, 0
	for _, d := range m.Doses {
		if !d.Done {
			doses++
		}
	}
	for _, w := range m.Worst {
		if !w.Done && w.Finest > 0 {
			refined++
		}
	}
	var parts []string
	for _, part := range []struct {
		n    int
		noun string
	}{{c.Ladders(), "ladder"}, {doses, "dose"}, {refined, "refinement"}} {
		if part.n > 0 {
			parts = append(parts, finding.Plural(part.n, part.noun))
		}
	}
	return strings.Join(parts, ", ")
}

// planned lists the experiments of cells, and of the moments of searches for the worst one. An
// experiment of both is there once.
func planned(c *campaign.Campaign) []campaign.Experiment {
	all := slices.Clone(c.Experiments)
	for _, e := range c.Moments() {
		if !slices.ContainsFunc(all, func(known campaign.Experiment) bool { return known.File == e.File }) {
			all = append(all, e)
		}
	}
	return all
}

// evidenceText is the date of the evidence, or its absence.
func evidenceText(c matrix.Cell) string {
	if c.Run == "" {
		return string(matrix.None)
	}
	text := c.Started.UTC().Format("2006-01-02 15:04")
	if c.State == matrix.TooOld {
		text += ", too old"
	}
	return text
}

func campaignRun(in *campaign.Folders) *cobra.Command {
	var budget time.Duration
	var again []string
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Run the experiments without evidence within the budget, and write the matrix",
		Long: `Run the experiments without evidence within the budget, and write the matrix.

The state is in the recorded runs alone. After Ctrl-C, a crash or the end of the budget, the
same command goes on with what is left. An experiment that ends without a result is recorded,
and the next one follows. The exit code is that of the matrix: 0 when all cells pass, and all
capacities with a limit, 1 when one fails, 2 otherwise. Doses and worst
moments do not change it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			verdicts, err := verdictsOf(again)
			if err != nil {
				return err
			}
			c, err := loadCampaign(cmd.Context(), args[0], *in)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("budget") {
				c.Budget = budget
			}
			executable, err := os.Executable()
			if err != nil {
				return fmt.Errorf("find the program of the harness: %w", err)
			}
			log := logOf(cmd)
			runErr := c.Run(cmd.Context(), campaign.Running{Perform: c.Process(executable), Again: verdicts,
				Report: func(line string) { log.Info(line) }, Changed: c.Write})
			if err := showMatrix(cmd, c); err != nil && runErr == nil {
				return err
			}
			return runErr
		},
	}
	cmd.Flags().DurationVar(&budget, "budget", 0, "time of this command; default: that of the file")
	cmd.Flags().StringSliceVar(&again, "again", nil, "also run cells with these verdicts: fail, inconclusive, invalid, pass")
	return cmd
}

func verdictsOf(names []string) ([]finding.Verdict, error) {
	var all []finding.Verdict
	for _, name := range names {
		v := finding.Verdict(name)
		if !slices.Contains([]finding.Verdict{finding.Pass, finding.Fail, finding.Inconclusive, finding.Invalid}, v) {
			return nil, fmt.Errorf("--again %s: write fail, inconclusive, invalid or pass", name)
		}
		all = append(all, v)
	}
	return all, nil
}

func campaignStatus(in *campaign.Folders) *cobra.Command {
	return &cobra.Command{
		Use:   "status FILE",
		Short: "Judge the runs that are there, and write and print the matrix",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := loadCampaign(cmd.Context(), args[0], *in)
			if err != nil {
				return err
			}
			return showMatrix(cmd, c)
		},
	}
}

// showMatrix writes and prints the matrix. The error has its exit code.
func showMatrix(cmd *cobra.Command, c *campaign.Campaign) error {
	m, err := c.Survey(cmd.Context(), time.Now())
	if err != nil {
		return err
	}
	if err := c.Write(m); err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if err := report.MatrixTerminal(out, m, isTerminal(out)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "\nmatrix: %s\n", filepath.Join(c.Dir, campaign.MatrixHTML)); err != nil {
		return err
	}
	return exitCode(m.Verdict())
}
