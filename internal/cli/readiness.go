package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	signoff "example.org/odooharness/analyzer/readiness"
	stats "example.org/odooharness/analyzer/stats/readiness"
	"example.org/odooharness/internal/cli/readiness"
)

// newReadiness answers whether a dated peak will be shipped, and writes its sign-off pack.
func newReadiness() *cobra.Command {
	var out, last string
	var pdf bool
	cmd := &cobra.Command{
		Use:   "readiness PLAN",
		Short: "Answer go or no-go for a dated peak from recorded runs, and write the sign-off pack",
		Long: `Answer go or no-go for a dated peak from recorded runs, and write the sign-off pack.

PLAN names the forecast, the faults with their rates, and the runs that are evidence.
The pack is a folder: summary.html of two pages, evidence.json, the inputs, the report of
each run, and the digests of all of them. The exit code is 0 for go, 1 for no-go, 2 for not
enough evidence.`,
		Example: `  harness readiness PLAN --out packs/peak-2026
  harness readiness PLAN --out packs/peak-2026-b --compare packs/peak-2026`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			pack, changes, err := makePack(args[0], out, last)
			if err != nil {
				return err
			}
			if pdf {
				printed, err := readiness.PDF(cmd.Context(), out)
				if err != nil {
					return err
				}
				if printed == "" {
					logOf(cmd).Info("no Chromium is installed: print summary.html to PDF from a browser")
				}
			}
			if err := showPack(cmd.OutOrStdout(), pack, changes, last, out); err != nil {
				return err
			}
			return readinessCode(pack.Decision)
		},
	}
	cmd.Flags().StringVar(&out, "out", "pack", "folder of the pack; it must not have one")
	cmd.Flags().StringVar(&last, "compare", "", "an earlier pack: list what changed since it")
	cmd.Flags().BoolVar(&pdf, "pdf", true, "print summary.pdf where a Chromium is installed")
	return cmd
}

// makePack answers a plan and writes its pack.
func makePack(path, out, last string) (*signoff.Pack, []signoff.Change, error) {
	plan, err := readiness.Load(path)
	if err != nil {
		return nil, nil, err
	}
	var before *signoff.Pack
	if last != "" {
		if before, err = readiness.Read(last); err != nil {
			return nil, nil, err
		}
	}
	runs, problems := readiness.Open(plan.Question, filepath.Dir(path))
	pack := signoff.Answer(plan.Question, runs, problems, time.Now().UTC().Truncate(time.Second))
	pack.Inputs = plan.Inputs
	var changes []signoff.Change
	if before != nil {
		changes = signoff.Compare(before, pack)
	}
	return pack, changes, readiness.Write(out, plan, runs, pack, changes)
}

// showPack prints the answer, and what changed since the pack last, when there is one.
func showPack(out io.Writer, pack *signoff.Pack, changes []signoff.Change, last, dir string) error {
	w := &lineWriter{out: out}
	w.printf("%s  %s\n", strings.ToUpper(string(pack.Decision)), pack.Name)
	for _, r := range pack.Reasons {
		w.printf("  %s\n", r)
	}
	for _, n := range pack.Next {
		w.printf("  → %s\n", n)
	}
	for _, r := range pack.Runs {
		if r.Refused != "" {
			w.printf("! %s does not count as evidence: %s\n", r.Name, r.Refused)
		}
	}
	for _, c := range changes {
		w.printf("  changed: %s: %s → %s\n", c.What, c.Before, c.After)
	}
	if last != "" && len(changes) == 0 {
		w.printf("  Nothing changed since %s.\n", last)
	}
	w.printf("\npack: %s\n", filepath.Join(dir, "summary.html"))
	return w.err
}

// lineWriter keeps the first error of several writes.
type lineWriter struct {
	out io.Writer
	err error
}

func (w *lineWriter) printf(format string, args ...any) {
	if w.err == nil {
		_, w.err = fmt.Fprintf(w.out, format, args...)
	}
}

// readinessCode is the error with the exit code of an answer.
func readinessCode(d stats.Decision) error {
	switch d {
	case stats.Go:
		return nil
	case stats.NoGo:
		return verdictError(ExitFail)
	}
	return verdictError(ExitInconclusive)
}

// newVerify computes the digests and the answer of a pack again.
func newVerify() *cobra.Command {
	return &cobra.Command{
		Use:   "verify PACK",
		Short: "Compute the digests and the answer of a sign-off pack again",
		Long: `Compute the digests and the answer of a sign-off pack again.

The files of the pack, its inputs and its runs are compared with the recorded digests. Then
the runs are judged, and the answer is compared. The exit code is 0 when all agree, 1 when
something differs, 2 when a run is not here to be compared.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := readiness.Verify(args[0])
			if err != nil {
				return err
			}
			w := &lineWriter{out: cmd.OutOrStdout()}
			for _, text := range append(v.Differ, v.Unknown...) {
				w.printf("! %s\n", text)
			}
			verdict, code := "PASS", error(nil)
			switch {
			case len(v.Differ) > 0:
				verdict, code = "FAIL", verdictError(ExitFail)
			case len(v.Unknown) > 0:
				verdict, code = "INCONCLUSIVE", verdictError(ExitInconclusive)
			}
			w.printf("%s %s\n", verdict, verifiedWords(v))
			if w.err != nil {
				return w.err
			}
			return code
		},
	}
}

func verifiedWords(v *readiness.Verified) string {
	text := fmt.Sprintf("%d files and %d runs compared", v.Files, v.Runs)
	if len(v.Differ) == 0 && len(v.Unknown) == 0 {
		text += "; the answer is the same"
	}
	return text
}
