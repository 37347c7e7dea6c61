package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"example.org/odooharness/internal/cli/readiness"
)

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
