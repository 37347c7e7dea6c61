package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/report"
	"example.org/odooharness/analyzer/versus"
)

func newCompare() *cobra.Command {
	var margin float64
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "compare A B",
		Short: "Compare two runs or two setups: is B slower than A?",
		Long: `Compare two runs or two setups: is B slower than A?

Each side is RUN, RUN@SETUP, or several runs of one setup separated by commas.
The runs may have different experiments, scripts, setups and versions: what differs in their
manifests is printed first. Without a setup, setups of the same name are compared.

Exit codes: 0 at most the margin slower, 1 slower than that, 2 undecided or a run is invalid.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			sides, err := sidesOf(cmd.Context(), args[0], args[1])
			if err != nil {
				return err
			}
			verdict := finding.Pass
			var all []*versus.Comparison
			for _, pair := range sides {
				v, err := versus.Compare(pair[0], pair[1], analyzer.Options{Margin: 1 + margin/100})
				if err != nil {
					return err
				}
				all, verdict = append(all, v), finding.MoreSevere(verdict, v.Verdict)
			}
			if err := showAllVersus(cmd.OutOrStdout(), verdict, all, asJSON); err != nil {
				return err
			}
			return exitCode(verdict)
		},
	}
	cmd.Flags().Float64Var(&margin, "margin", 10, "largest acceptable slowdown in %")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON; harness schema compare prints its schema")
	return cmd
}

// sidesOf opens both sides: one pair, or one for each setup that both have.
func sidesOf(ctx context.Context, a, b string) ([][2]versus.Side, error) {
	sa, err := sideOf(ctx, a)
	if err != nil {
		return nil, err
	}
	sb, err := sideOf(ctx, b)
	if err != nil {
		return nil, err
	}
	if sa.Setup != "" || sb.Setup != "" {
		return [][2]versus.Side{{sa, sb}}, nil
	}
	ofA, ofB := setupsOf(sa), setupsOf(sb)
	if len(ofA) == 1 && len(ofB) == 1 {
		return [][2]versus.Side{{sa, sb}}, nil
	}
	var all [][2]versus.Side
	for _, setup := range ofA {
		if slices.Contains(ofB, setup) {
			na, nb := sa, sb
			na.Setup, nb.Setup = setup, setup
			na.Name, nb.Name = a+"@"+setup, b+"@"+setup
			all = append(all, [2]versus.Side{na, nb})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("compare: %s has the setups %s and %s has %s: name one of each, RUN@SETUP",
			a, strings.Join(ofA, ", "), b, strings.Join(ofB, ", "))
	}
	return all, nil
}

// sideOf opens RUN[,RUN...][@SETUP].
func sideOf(ctx context.Context, arg string) (versus.Side, error) {
	side := versus.Side{Name: arg}
	runs, setup, _ := strings.Cut(arg, "@")
	side.Setup = setup
	for dir := range strings.SplitSeq(runs, ",") {
		run, err := openRun(ctx, dir)
		if err != nil {
			return side, fmt.Errorf("compare: %w", err)
		}
		side.Runs = append(side.Runs, run)
	}
	return side, nil
}

func setupsOf(side versus.Side) []string {
	var names []string
	for _, run := range side.Runs {
		for _, t := range run.Trials {
			if !slices.Contains(names, t.Setup) {
				names = append(names, t.Setup)
			}
		}
	}
	return names
}

func showAllVersus(out io.Writer, verdict finding.Verdict, all []*versus.Comparison, asJSON bool) error {
	if asJSON {
		return report.CompareJSON(out, verdict, all)
	}
	for _, v := range all {
		if err := showVersus(out, v); err != nil {
			return err
		}
	}
	return nil
}

func showVersus(out io.Writer, v *versus.Comparison) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\nA  %s\nB  %s\n", strings.ToUpper(string(v.Verdict)), v.Reason, v.A, v.B)
	if len(v.Differences) == 0 {
		b.WriteString("\nNothing differs in the manifests.\n")
	} else {
		b.WriteString("\nWhat differs in the manifests:\n")
		for _, d := range v.Differences {
			fmt.Fprintf(&b, "  %s: %s → %s\n", d.What, d.A, d.B)
		}
	}
	b.WriteString("\n" + versusTable(v) + "\n\n")
	for _, r := range v.Rows {
		if r.Ratio.Missing && !r.Primary {
			continue // the table shows it
		}
		fmt.Fprintf(&b, "%-12s %s\n", r.Verdict, r.Words)
		if r.Dominance != "" {
			fmt.Fprintf(&b, "%-12s %s.\n", "", r.Dominance)
		}
		if r.Primary && len(r.Curve) > 0 {
			fmt.Fprintf(&b, "%-12s %s.\n", "", curveWords(r))
		}
	}
	for _, note := range v.Notes {
		fmt.Fprintf(&b, "! %s\n", note)
	}
	b.WriteByte('\n')
	_, err := io.WriteString(out, b.String())
	return err
}

func versusTable(v *versus.Comparison) string {
	cell := func(q finding.Quantity, text func(finding.Quantity) string) string {
		if q.Missing {
			return "—"
		}
		return text(q)
	}
	p := func(q finding.Quantity) string { return finding.PValue(q.Value) }
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"journey", "window", "", "A", "B", "B/A", "B-A", "p"})
	for _, r := range v.Rows {
		what := r.Quantile
		if what == "" {
			what = r.Measure
		}
		shift := finding.Figure
		if r.Shift.Unit == "share" {
			shift = finding.Points
		}
		t.AppendRow(table.Row{r.Journey, r.Window, what, cell(r.ValueA, finding.Value), cell(r.ValueB, finding.Value),
			cell(r.Ratio, finding.Figure), cell(r.Shift, shift), cell(r.P, p)})
	}
	return t.Render()
}

// curveWords is the shift curve as one line, in ms.
func curveWords(r versus.Row) string {
	var parts []string
	for _, s := range r.Curve {
		parts = append(parts, fmt.Sprintf("P%g %+.1f [%+.1f, %+.1f]", 100*s.P, 1000*s.Value, 1000*s.Lo, 1000*s.Hi))
	}
	return "B minus A in ms, simultaneous band: " + strings.Join(parts, ", ")
}
