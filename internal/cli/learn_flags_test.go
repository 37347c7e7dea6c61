package cli

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/workload/files"
)

// A forecast takes the days that a person names as earlier peaks, and ignores what comes after
// the last day of the history that it is given.
func TestForecastOfNamedDays(t *testing.T) {
	dir, peak := exported(t)
	out := t.TempDir()
	if code, text, problems := perform(t, "learn", "--csv", dir, "--out", out); code != ExitPass {
		t.Fatal(text, problems)
	}
	date := peak.Format(time.DateOnly)
	args := []string{"forecast", filepath.Join(out, "workload.yaml"), "--date", date, "--out", out}
	for _, c := range []struct {
		flags     []string
		hour, day float64
	}{
		// A week before the peak of last year is an ordinary day: 4·2 orders at two, and 12 in all. Both double.
		{[]string{"--like", peak.AddDate(0, 0, -371).Format(time.DateOnly), "--name", "Black Friday"}, 16, 24},
		{[]string{"--until", time.Now().UTC().AddDate(0, 0, -100).Format(time.DateOnly)}, 80, 120},
	} {
		code, text, problems := perform(t, append(args, c.flags...)...)
		if code != ExitPass {
			t.Fatal(text, problems)
		}
		f, _, err := files.ReadForecast(filepath.Join(out, "forecast.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if e := f.Total[0]; math.Abs(e.PerHour.Value-c.hour) > 1 || math.Abs(e.PerDay.Value-c.day) > 1 {
			t.Errorf("%v: %g an hour, %g a day, want %g and %g", c.flags, e.PerHour.Value, e.PerDay.Value, c.hour, c.day)
		}
		if c.flags[0] == "--like" && (f.Name != "Black Friday" || !strings.Contains(text, date+" Black Friday")) {
			t.Errorf("name %q in\n%s", f.Name, text)
		}
	}
}

// One year has no growth: the workload states it. Sources that cannot be read are refused.
func TestLearnSources(t *testing.T) {
	dir, _ := exported(t)
	code, text, problems := perform(t, "learn", "--csv", dir, "--years", "1", "--out", t.TempDir())
	if code != ExitPass || !strings.Contains(text, "missing: t1 orders: 51 weeks of history, growth needs 60") {
		t.Errorf("one year: code %d, %s%s", code, text, problems)
	}
	log, dump := filepath.Join(t.TempDir(), "access.log"), filepath.Join(t.TempDir(), "acme.sql")
	for path, text := range map[string]string{
		log: "no request\n",
		dump: "COPY public.sale_order (id, state, date_order, create_date, company_id) FROM stdin;\n" +
			"1\tsale\t2026-11-20 09:00:00\t2026-11-20 09:00:00\t1\n\\.\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for want, args := range map[string][]string{
		"have a form that is not known":   {"learn", "--csv", dir, "--access-log", log},
		"no journey has enough documents": {"learn", "--dump", dump},
		"connect to the database":         {"learn", "--dsn", "postgres://u@127.0.0.1:1/x"},
	} {
		code, text, problems := perform(t, append(args, "--out", t.TempDir())...)
		if !strings.Contains(text+problems, want) || code != ExitCannotRun {
			t.Errorf("%v: code %d, %s%s, want %s", args, code, text, problems, want)
		}
	}
}

// --only plans some of the setups and remedies, with the same trials as without the others.
func TestPlanOnly(t *testing.T) {
	example := filepath.Join("..", "..", "examples", "remedies.yaml")
	code, text, problems := perform(t, "plan", "--only", "multi-tenant,import-workers", example)
	if code != ExitPass || !strings.Contains(text, "02-import-workers") || strings.Contains(text, "own-home") {
		t.Errorf("code %d, %s%s, want two setups", code, text, problems)
	}
	code, _, problems = perform(t, "plan", "--only", "nobody", example)
	if code != ExitCannotRun || !strings.Contains(problems, "there is no setup or remedy nobody: write some of import-workers") {
		t.Errorf("code %d, %s, want the names", code, problems)
	}
}

// Two packs of one plan: nothing changed, and the second verifies.
func TestReadinessPacks(t *testing.T) {
	dir := t.TempDir()
	for from, to := range map[string]string{filepath.Join("..", "..", "results", "examples"): filepath.Join("results", "examples"),
		filepath.Join("readiness", "testdata"): "plans"} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	plan := filepath.Join("plans", "peak.yaml")
	code, text, problems := perform(t, "readiness", plan, "--out", "first", "--pdf=false")
	if code == ExitCannotRun {
		t.Fatal(text, problems)
	}
	if _, err := os.Stat(filepath.Join("first", "summary.pdf")); err == nil {
		t.Error("--pdf=false wrote summary.pdf")
	}
	again, text, problems := perform(t, "readiness", plan, "--out", "second", "--pdf=false", "--compare", "first")
	if again != code || !strings.Contains(text, "Nothing changed since first.") {
		t.Errorf("code %d after %d, %s%s, want no change", again, code, text, problems)
	}
	code, text, problems = perform(t, "verify", "second")
	if code != ExitPass {
		t.Errorf("verify: code %d, %s%s", code, text, problems)
	}
}
