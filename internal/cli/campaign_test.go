package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The example is planned without measuring anything: 12 experiments, which harness plan
// accepts. The budget ends a run before the first one.
func TestCampaignPlan(t *testing.T) {
	dir := t.TempDir()
	folders := []string{"--results", filepath.Join(dir, "runs"), "--out", filepath.Join(dir, "campaigns")}
	example := filepath.Join("..", "..", "examples", "campaigns", "resiliency.yaml")
	code, out, problems := perform(t, append([]string{"campaign", "plan", example}, folders...)...)
	if code != ExitPass || !strings.Contains(out, "12 of 12 experiments to run, 7m12s of measuring; budget 30m0s.") {
		t.Fatalf("exit code %d\n%s%s", code, out, problems)
	}
	code, out, problems = perform(t, append([]string{"campaign", "run", example, "--budget", "5s"}, folders...)...)
	if code != ExitInconclusive || !strings.Contains(out, "24 cells: 24 no evidence.") || !strings.Contains(problems,
		"budget: 0s of 5s are spent") {
		t.Errorf("exit code %d\n%s%s", code, out, problems)
	}
	if _, err := os.Stat(filepath.Join(dir, "campaigns", "resiliency", "matrix.html")); err != nil {
		t.Error(err)
	}
	alone := filepath.Join(dir, "campaigns", "resiliency", "cells", "cutoff--redis-down--dedicated--before.yaml")
	if code, out, problems = perform(t, "plan", alone); code != ExitPass || !strings.Contains(out, "redis-down") {
		t.Errorf("exit code %d\n%s%s", code, out, problems)
	}
	example = filepath.Join("..", "..", "examples", "campaigns", "worst-moment.yaml")
	code, out, problems = perform(t, append([]string{"campaign", "plan", example}, folders...)...)
	if code != ExitPass || strings.Count(out, "no evidence") != 4 || !strings.Contains(out, "campaign-start-6s") ||
		!strings.Contains(out, "4 of 4 experiments to run, 7m12s of measuring.") {
		t.Errorf("exit code %d\n%s%s", code, out, problems)
	}
	if code, _, problems = perform(t, "campaign", "run", example, "--again", "slow"); code != ExitCannotRun ||
		!strings.Contains(problems, "--again slow: write fail, inconclusive, invalid or pass") {
		t.Errorf("exit code %d: %s", code, problems)
	}
}
