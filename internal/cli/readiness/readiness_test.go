package readiness

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	answer "example.org/odooharness/analyzer/readiness"
)

// All problems of a plan and of its register are reported at once, each with its line.
func TestLoadReportsAll(t *testing.T) {
	_, err := Load(filepath.Join("testdata", "bad.yaml"))
	if err == nil {
		t.Fatal("no problem")
	}
	got := strings.Split(strings.ReplaceAll(err.Error(), "testdata"+string(filepath.Separator), ""), "\n")
	want := []string{
		`bad.yaml:2: cutoff: "tomorrow" is not a moment; write it with its zone: 2026-11-27T17:00:00+01:00`,
		`bad.yaml:5: forecast: missing source; add source: with where the figures come from`,
		`bad.yaml:5: forecast.documents.order.low: it lies above expect; write a value that is not above expect`,
		`bad.yaml:9: faults.1.name: stop is there twice; write one entry for each fault`,
		`bad.yaml:10: faults.2.every: 1 s is less than the 20 s that the fault lasts; write the mean time from one such fault to the next`,
		`bad-risks.yaml:2: risks.0.due: "" is not a date; write 2026-11-20`,
		`bad-risks.yaml:3: risks.1.expires: "soon" is not a date; write 2026-11-20`,
		`bad-risks.yaml:3: risks.1: accepted without acceptedBy; add acceptedBy: with a name`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The threshold follows from the costs of the two wrong answers.
func TestThreshold(t *testing.T) {
	plan, err := Load(filepath.Join("testdata", "peak.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(plan.Question.Threshold-0.9) > 1e-9 || len(plan.Inputs) != 2 || len(plan.Question.Risks) != 1 {
		t.Errorf("threshold %g, %d inputs, %d risks", plan.Question.Threshold, len(plan.Inputs), len(plan.Question.Risks))
	}
}

// The hours of a window are those before the cut-off.
func TestHours(t *testing.T) {
	day := make([]float64, 24)
	day[15], day[16] = 0.1, 0.3
	shape := hours(day, time.Date(2026, 12, 4, 17, 0, 0, 0, time.UTC), 2*time.Hour)
	if shape[0] != 0.1 || shape[11] != 0.1 || shape[12] != 0.3 || shape[23] != 0.3 || math.Abs(mean(shape)-0.2) > 1e-12 {
		t.Errorf("shape %v", shape)
	}
}

// A pack verifies as it was written. A changed file, run or answer is noticed, and a run that
// is elsewhere is unknown.
func TestPack(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "results", "examples"), os.DirFS(filepath.Join("..", "..", "..", "results", "examples"))); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "plans"), os.DirFS("testdata")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	plan, err := Load(filepath.Join("plans", "peak.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	runs, problems := Open(plan.Question, "plans")
	pack := answer.Answer(plan.Question, runs, problems, time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC))
	pack.Inputs = plan.Inputs
	if err := Write("pack", plan, runs, pack, nil); err != nil {
		t.Fatal(err)
	}
	if err := Write("pack", plan, runs, pack, nil); err == nil {
		t.Error("a pack was written over")
	}
	summary, err := os.ReadFile(filepath.Join("pack", "summary.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{`href="runs/examples-embedded-ladder/report.html#throughput"`, `href="runs/examples-embedded-ladder/report.html"`} {
		if !strings.Contains(string(summary), link) {
			t.Errorf("the summary has no %s", link)
		}
	}
	if _, err := os.Stat(filepath.Join("pack", answer.Link(plan.Question.Capacity))); err != nil {
		t.Error(err)
	}
	verified := func(want ...string) {
		t.Helper()
		v, err := Verify("pack")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, append(v.Differ, v.Unknown...)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	verified()

	evidence := filepath.Join("pack", "evidence.json")
	original, err := os.ReadFile(evidence)
	if err != nil {
		t.Fatal(err)
	}
	forged := strings.Replace(string(original), `"threshold": 0.9`, `"threshold": 0.1`, 1)
	write(t, evidence, forged)
	verified("The file evidence.json was changed or removed.",
		"The answer is "+string(pack.Decision)+" now, and it was "+string(pack.Decision)+"; evidence.json has other figures.")
	write(t, evidence, string(original))

	log := filepath.Join("results", "examples", "embedded-ladder", "trials", "02-two-workers", "trial.json")
	was, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	write(t, log, string(was)+"\n")
	v, err := Verify("pack")
	if err != nil || len(v.Differ) != 1 || !strings.HasPrefix(v.Differ[0], "The run results/examples/embedded-ladder has the digest") {
		t.Errorf("a changed run: %+v, %v", v, err)
	}
	write(t, log, string(was))
	if err := os.Rename("results", "elsewhere"); err != nil {
		t.Fatal(err)
	}
	verified("The run results/examples/embedded-ladder is not here.", "The answer was not computed again.")
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
