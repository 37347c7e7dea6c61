package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
)

// selfChecks is the number of experiments of a self-check, which needs seconds.
const selfChecks = 200

func newAnalyze() *cobra.Command {
	var selfCheck, asJSON bool
	var seed uint64
	cmd := &cobra.Command{
		Use:   "analyze RUN...",
		Short: "Judge saved runs again: complete, halted or killed",
		Long: `Judge saved runs again: complete, halted or killed.

RUN is a folder, or s3://bucket/prefix/EXPERIMENT/RUN, which is fetched to results/runs.
The reports are written into that folder. The exit code is the most severe verdict.`,
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
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON; harness schema findings prints its schema")
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
