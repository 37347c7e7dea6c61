package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/trend"
	"example.org/odooharness/results"
)

func newTrend() *cobra.Command {
	var only string
	cmd := &cobra.Command{
		Use:   "trend RUN...",
		Short: "Show the figures of runs over time and where their level changed",
		Long: `Show the figures of runs over time and where their level changed.

Arguments are runs, or folders of runs (results/runs/peak-season). Invalid runs are left out, and
so are those of a folder that cannot be read. Each is named.
A change lists what differs between the manifests of the runs before and after it.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			runs, unread, err := openRuns(cmd.Context(), args)
			if err != nil {
				return err
			}
			all, notes, err := trend.Follow(runs, analyzer.Options{})
			if err != nil {
				return err
			}
			return showTrend(cmd.OutOrStdout(), all, append(unread, notes...), only)
		},
	}
	cmd.Flags().StringVar(&only, "figure", "", "only figures whose name contains this, for example \"orders p95\"")
	return cmd
}

// openRuns opens runs, and the runs in folders of runs, each once. Unread are the runs of a folder
// that cannot be read: one of them is no reason to show none. A run that was named is one.
func openRuns(ctx context.Context, args []string) (runs []*results.Run, unread []string, err error) {
	seen := map[string]bool{}
	for _, name := range args {
		arg, err := runFolder(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		manifests := []string{filepath.Join(arg, "manifest.json")}
		if _, err := os.Stat(manifests[0]); err != nil {
			if manifests, err = filepath.Glob(filepath.Join(arg, "*", "manifest.json")); err != nil {
				return nil, nil, fmt.Errorf("list runs in %s: %w", arg, err)
			}
		}
		if len(manifests) == 0 {
			return nil, nil, fmt.Errorf("%s contains no run: name a folder with manifest.json, or a folder of such folders",
				arg)
		}
		for _, path := range manifests {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return nil, nil, fmt.Errorf("open run: %w", err)
			}
			if seen[dir] {
				continue // latest is a link to one of the others
			}
			seen[dir] = true
			run, err := results.Open(dir)
			switch {
			case err == nil:
				runs = append(runs, run)
			case len(manifests) > 1:
				unread = append(unread, fmt.Sprintf("%s is left out: %v", dir, err))
			default:
				return nil, nil, err
			}
		}
	}
	if len(runs) == 0 {
		return nil, nil, fmt.Errorf("no run can be read: %s", strings.Join(unread, "; "))
	}
	return runs, unread, nil
}

func showTrend(out io.Writer, all []trend.History, notes []string, only string) error {
	var b strings.Builder
	for _, h := range all {
		if !strings.Contains(h.Figure, only) {
			continue
		}
		breaks := map[string]bool{}
		for _, br := range h.Breaks {
			breaks[br.Run] = true
		}
		t := table.NewWriter()
		t.SetStyle(table.StyleLight)
		t.SetTitle("%s · %s", h.Setup, h.Figure)
		for _, p := range h.Points {
			mark := ""
			if breaks[p.Run] {
				mark = "← new level"
			}
			t.AppendRow(table.Row{p.Started.UTC().Format("2006-01-02 15:04"), filepath.Base(p.Run), finding.Figure(p.Value), mark})
		}
		b.WriteString(t.Render() + "\n")
		for _, br := range h.Breaks {
			b.WriteString(br.Words(h) + "\n")
		}
		if h.Note != "" {
			b.WriteString(h.Note + ".\n")
		}
		b.WriteByte('\n')
	}
	for _, note := range notes {
		fmt.Fprintf(&b, "! %s\n", note)
	}
	_, err := io.WriteString(out, b.String())
	return err
}
