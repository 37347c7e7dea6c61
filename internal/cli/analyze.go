package cli

import (
	"fmt"
	"io"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/report"
)

// selfChecks is the number of experiments of a self-check: it takes seconds.
const selfChecks = 200

func newAnalyze() *cobra.Command {
	var selfCheck, asJSON bool
	var seed uint64
	cmd := &cobra.Command{
		Use:   "analyze RUN...",
		Short: "Judge saved runs again: complete, halted or killed",
		Long:  "Judge saved runs again. A RUN is a folder, or s3://bucket/prefix/EXPERIMENT/RUN, which is fetched to results/runs.",
		Args: func(cmd *cobra.Command, args []string) error {
			if selfCheck {
				return cobra.NoArgs(cmd, args)
			}
			return cobra.MinimumNArgs(1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if selfCheck {
				return checkSelf(cmd.OutOrStdout(), seed)
			}
			verdict, show := finding.Info, judge
			if asJSON {
				show = judgeAsJSON
			}
			for _, name := range args {
				dir, err := runFolder(cmd.Context(), name)
				if err != nil {
					return err
				}
				judgement, err := show(dir, cmd.OutOrStdout())
				if err != nil {
					return err
				}
				verdict = finding.MoreSevere(verdict, judgement.Verdict)
			}
			return exitCode(verdict)
		},
	}
	cmd.Flags().BoolVar(&selfCheck, "self-check", false, "compare identical simulated setups and count false alarms")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, by the schema that harness schema findings prints")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "seed of the self-check")
	return cmd
}

// checkSelf fails when identical setups are called different more often than chance
// explains.
func checkSelf(out io.Writer, seed uint64) error {
	s := analyzer.SelfCheck(seed, selfChecks)
	verdict := finding.Pass
	if !s.OK() {
		verdict = finding.Fail
	}
	if _, err := fmt.Fprintf(out, "%s %s\n", strings.ToUpper(string(verdict)), s.Words()); err != nil {
		return err
	}
	return exitCode(verdict)
}

func newReport() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Render a saved run to standard output",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			render, err := renderer(format)
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
			return render(cmd, judgement)
		},
	}
	cmd.Flags().StringVar(&format, "format", "terminal", "terminal, html, md, json, junit, csv or hgrm")
	return cmd
}

func renderer(format string) (func(*cobra.Command, *analyzer.Judgement) error, error) {
	if format == "terminal" {
		return func(cmd *cobra.Command, j *analyzer.Judgement) error {
			return report.Terminal(cmd.OutOrStdout(), j, isTerminal(cmd.OutOrStdout()))
		}, nil
	}
	byFormat := map[string]string{
		"html": "report.html", "md": "report.md", "json": "findings.json", "junit": "junit.xml", "csv": "windows.csv",
	}
	name, ok := byFormat[format]
	if !ok {
		known := []string{"terminal"}
		for f := range byFormat {
			known = append(known, f)
		}
		sort.Strings(known)
		return nil, fmt.Errorf("unknown format %q; there are %s", format, strings.Join(known, ", "))
	}
	render := formats()[name]
	return func(cmd *cobra.Command, j *analyzer.Judgement) error { return render(cmd.OutOrStdout(), j) }, nil
}
