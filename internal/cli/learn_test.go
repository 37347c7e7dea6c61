package cli

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/workload/files"
)

// exported writes 75 weeks of orders up to yesterday: each day 4 at nine and 8 at two, and twice as
// many in the last 40 weeks. The day 52 weeks before the peak has five times its orders.
func exported(t *testing.T) (dir string, peak time.Time) {
	t.Helper()
	today := time.Now().UTC().Truncate(24 * time.Hour)
	peak = today.AddDate(0, 0, 30)
	text := "time,tenant,lines\n"
	for day := today.AddDate(0, 0, -75*7); day.Before(today); day = day.AddDate(0, 0, 1) {
		n := 4
		if !day.Before(today.AddDate(0, 0, -40*7)) {
			n = 8
		}
		if day.Equal(peak.AddDate(0, 0, -364)) {
			n *= 5
		}
		for i := range 3 * n {
			hour := 9
			if i >= n {
				hour = 14
			}
			text += fmt.Sprintf("%s %02d:%02d:00,t1,2\n", day.Format(time.DateOnly), hour, i%60)
		}
	}
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "orders.csv"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, peak
}

// From exported times to a plan: the workload, its forecast, and a script with the arrivals of the
// forecast, which are the same on both setups.
func TestLearnForecastPlan(t *testing.T) {
	dir, peak := exported(t)
	out := t.TempDir()
	code, text, problems := perform(t, "learn", "--csv", dir, "--out", out)
	if code != ExitPass {
		t.Fatal(text, problems)
	}
	for _, want := range []string{"csv " + filepath.Base(dir), "│ orders", "missing: file " + filepath.Join(dir, "shipping.csv"), "workload.yaml"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	date := peak.Format(time.DateOnly)
	code, text, problems = perform(t, "forecast", filepath.Join(out, "workload.yaml"), "--date", date, "--out", out,
		"--setup", filepath.Join("..", "..", "examples", "setups", "embedded-multi-tenant.yaml"))
	if code != ExitPass {
		t.Fatal(text, problems)
	}
	f, _, err := files.ReadForecast(filepath.Join(out, "forecast.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	// A year ago the busiest hour had 4·5·2 = 40 orders and the day 60. Both double.
	e := f.Total[0]
	if f.Date != date || math.Abs(e.PerHour.Value-80) > 1 || math.Abs(e.PerDay.Value-120) > 1 || math.Abs(e.Growth.Value-2) > 0.01 {
		t.Errorf("forecast %+v, want 80 an hour, 120 a day, growth 2", e)
	}
	code, text, problems = perform(t, "plan", filepath.Join(out, "experiment.yaml"))
	// A sixth of 80 an hour is 13.3, with a standard deviation of 3.7.
	row := regexp.MustCompile(`multi-tenant │ +10m0s │ +(\d+)`).FindStringSubmatch(text)
	if code != ExitPass || row == nil {
		t.Fatal(text, problems)
	}
	if n, err := strconv.Atoi(row[1]); err != nil || n < 3 || n > 28 {
		t.Errorf("%s arrivals in ten minutes, want about 13", row[1])
	}
	_, again, _ := perform(t, "plan", filepath.Join(out, "experiment.yaml"))
	if again != text {
		t.Error("the same workload and seed give another plan")
	}
}

func TestLearnRefuses(t *testing.T) {
	for want, args := range map[string][]string{
		"no source is given":       {"learn"},
		"write database or compan": {"learn", "--by", "tenant", "--csv", "x"},
		"Europe/Berlin":            {"learn", "--timezone", "Mars/Base", "--csv", "x"},
		"HARNESS_NO_DSN is empty":  {"learn", "--dsn-env", "HARNESS_NO_DSN"},
		"no file that counts":      {"learn", "--csv", t.TempDir()},
		"required flag":            {"forecast", "x"},
		"cannot be read":           {"forecast", "x", "--date", "2026-11-27"},
		"--factor 0":               {"forecast", "x", "--date", "2026-11-27", "--factor", "0"},
		"--growth 2..1":            {"forecast", "x", "--date", "2026-11-27", "--growth", "2..1"},
		"expected or high":         {"forecast", "x", "--date", "2026-11-27", "--level", "low"},
	} {
		code, out, problems := perform(t, args...)
		if code != ExitCannotRun || !strings.Contains(problems, want) {
			t.Errorf("%v: code %d, %s%s, want %s", args, code, out, problems, want)
		}
	}
}

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
