//go:build weaknesses

package embedded

import (
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
)

// A sound setup has no finding that changes the verdict; with a weakness planted there
// is one kind of finding that does, the one that docs/weaknesses.md names.
func TestWeaknessesAreFound(t *testing.T) {
	t.Run("sound", func(t *testing.T) {
		if got := changing(runWeakness(t)); len(got) > 0 {
			t.Errorf("a sound setup is found with %s", describe(got))
		}
	})
	for _, row := range weaknessTable(t) {
		t.Run(row.weakness, func(t *testing.T) {
			got := changing(runWeakness(t, "--weakness", row.weakness))
			hit := slices.ContainsFunc(got, func(f finding.Finding) bool {
				return f.ID == row.finding && f.Verdict == finding.Fail && strings.Contains(strings.Join(f.Because, " "), row.law)
			})
			if !hit {
				t.Errorf("%s %s did not find it; changing the verdict: %s", row.finding, row.law, describe(got))
			}
			for _, f := range got {
				if f.ID != row.finding {
					t.Errorf("%s changes the verdict too: %v", f.ID, f.Because)
				}
			}
		})
	}
}

// runWeakness runs the experiment of the documented command and returns its findings. An
// invalid run, for example on a busy machine, measures nothing: it is repeated at most twice.
func runWeakness(t *testing.T, flags ...string) []finding.Finding {
	t.Helper()
	for again := 2; ; again-- {
		found := runWeaknessOnce(t, flags...)
		i := slices.IndexFunc(found, func(f finding.Finding) bool { return f.Verdict == finding.Invalid })
		if i < 0 || again == 0 {
			return found
		}
		t.Logf("run again, this one was invalid: %s", describe(found[i:i+1]))
	}
}

func runWeaknessOnce(t *testing.T, flags ...string) []finding.Finding {
	t.Helper()
	runs := t.TempDir()
	args := append([]string{"run", "--results", runs, filepath.Join("..", "..", "examples", "weakness.yaml")}, flags...)
	out, err := rig.Command(t.Context(), t, rig.StateDir(t), args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() == cli.ExitCannotRun) {
		t.Fatalf("%v\n%s", err, out)
	}
	return rig.Judgement(t, filepath.Join(runs, "weakness", "latest")).Findings
}

// changing are the findings that change the verdict of a run.
func changing(all []finding.Finding) []finding.Finding {
	return slices.DeleteFunc(all, func(f finding.Finding) bool {
		return !finding.Decides(f.ID) || f.Verdict == finding.Pass || f.Verdict == finding.Info
	})
}

func describe(all []finding.Finding) string {
	var text []string
	for _, f := range all {
		text = append(text, f.ID+" "+string(f.Verdict)+": "+strings.Join(f.Because, " "))
	}
	return strings.Join(text, "; ")
}
