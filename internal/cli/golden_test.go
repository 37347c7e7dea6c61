package cli

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/trend"
	"example.org/odooharness/analyzer/versus"
	"example.org/odooharness/chaos"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/proctree"
	"example.org/odooharness/odoo"
)

var update = flag.Bool("update", false, "write the golden files of internal/cli")

// golden compares what a command prints with testdata/NAME.golden, or writes the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); go test ./internal/cli -update writes it:\n%s", path, diff)
	}
}

// perform runs a command line and returns its exit code and what it printed.
func perform(t *testing.T, args ...string) (code int, out, problems string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Run(t.Context(), args, Streams{In: strings.NewReader(""), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// transcript is a command line, what it printed, and its exit code, as one text.
func transcript(t *testing.T, args ...string) string {
	t.Helper()
	code, out, problems := perform(t, args...)
	text := "$ harness " + strings.Join(args, " ") + "\n" + out
	if problems != "" {
		text += "--- standard error\n" + problems
	}
	return text + "--- exit code " + strconv.Itoa(code) + "\n"
}

// atRoot makes the repository's root the working folder, and returns to the package's.
func atRoot(t *testing.T, args ...string) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chdir(filepath.Join("..", "..")); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := os.Chdir(here); err != nil {
			t.Fatal(err)
		}
	}()
	return transcript(t, args...)
}

func TestGolden(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir()) // no lab is up
	const firstLook, ladder = "results/examples/embedded-first-look", "results/examples/embedded-ladder"
	for name, args := range map[string][]string{
		"plan":              {"plan", "examples/first-look.yaml"},
		"plan-detect":       {"plan", "examples/first-look.yaml", "--detect", "1.2"},
		"plan-detect-bad":   {"plan", "examples/first-look.yaml", "--detect", "-2"},
		"plan-bisection":    {"plan", "examples/capacity-bisection.yaml"},
		"plan-drills":       {"plan", "examples/backup-offsite.yaml"},
		"plan-missing":      {"plan", "examples/not-there.yaml"},
		"plan-broken":       {"plan", "internal/cli/testdata/bad/broken.yaml"},   // no YAML
		"plan-typing":       {"plan", "internal/cli/testdata/bad/typing.yaml"},   // fields
		"plan-meaning":      {"plan", "internal/cli/testdata/bad/meaning.yaml"},  // the files it names
		"plan-together":     {"plan", "internal/cli/testdata/bad/together.yaml"}, // one file against another
		"plan-late":         {"plan", "internal/cli/testdata/bad/late.yaml"},     // time and allowed components
		"compare-setups":    {"compare", firstLook + "@multi-tenant", firstLook + "@dedicated", "--margin", "25"},
		"compare-runs":      {"compare", ladder, firstLook},
		"trend":             {"trend", "results/examples", "--figure", "orders p50"},
		"compare-unknown":   {"compare", firstLook + "@shared", ladder},
		"trend-none":        {"trend", "examples"},
		"report-hgrm":       {"report", firstLook, "--format", "hgrm", "--trial", "1", "--window", "baseline"},
		"report-trial":      {"report", firstLook, "--format", "hgrm", "--window", "baseline"},
		"report-window":     {"report", firstLook, "--format", "hgrm", "--trial", "1", "--window", "elsewhere"},
		"report-unknown":    {"report", firstLook, "--format", "pdf"},
		"report-selection":  {"report", firstLook, "--window", "baseline"},
		"lab-status-none":   {"lab", "status"},
		"lab-weaknesses":    {"lab", "weaknesses"},
		"lab-down-which":    {"lab", "down"},
		"lab-up-unknown":    {"lab", "up", "--setup", "cloud"},
		"lab-build-volume":  {"lab", "build", "--volume", "decade"},
		"lab-build-ingress": {"lab", "build", "--ingress", "caddy"},
		"lab-up-ingress":    {"lab", "up", "--ingress", "caddy"},
		"lab-up-odoo":       {"lab", "up", "--odoo", "14", "--standby", "--ingress", "traefik"},
		"plan-ingress":      {"plan", "examples/first-look.yaml", "--ingress", "traefik"}, // of an embedded lab
		"run-ingress":       {"run", "examples/pgbouncer.yaml", "--ingress", "caddy"},
		"lab-up-volume":     {"lab", "up", "--kind", "embedded", "--volume", "year"},
		"doctor-none":       {"doctor", "--sweep"},
		"capacity-without":  {"capacity", "examples/first-look.yaml"},
		"recovery-without":  {"recovery", "examples/first-look.yaml"},
		"change-without":    {"change", "examples/first-look.yaml"},
		"unknown-command":   {"measure"},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, atRoot(t, args...)) })
	}
}

// Every command's help, so that a change of one word of it is seen in a review.
func TestGoldenHelp(t *testing.T) {
	var b strings.Builder
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Hidden || cmd.Name() == "completion" || cmd.Name() == "help" {
			return
		}
		fmt.Fprintf(&b, "==> %s --help\n", cmd.CommandPath())
		_, out, _ := perform(t, append(strings.Fields(cmd.CommandPath())[1:], "--help")...)
		b.WriteString(out + "\n")
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(newRoot(nil))
	golden(t, "help", b.String())
}

// A lab that is up: this process is its supervisor.
func TestGoldenLabStatus(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	dir := filepath.Join(lab.DefaultDir(), "multi-tenant")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "odoo.log")
	if err := os.WriteFile(log, []byte("Odoo is ready\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := proctree.Of(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.WriteRecord(dir, lab.Record{Supervisor: self}); err != nil {
		t.Fatal(err)
	}
	err = lab.WriteStatus(dir, lab.Status{
		Spec:       lab.Spec{Name: "multi-tenant", Kind: "embedded", Tenancy: "shared"},
		Supervisor: 4200,
		Components: []lab.Running{
			{Component: chaos.Component{Name: "shared/postgres", Kind: "postgres", Tenants: []string{"t1", "t2"}},
				Address: "127.0.0.1:5433", Upstream: "127.0.0.1:40001", PID: 4201, Log: filepath.Join(dir, "postgres.log")},
			{Component: chaos.Component{Name: "shared/odoo", Kind: "odoo", Tenants: []string{"t1", "t2"}},
				Address: "127.0.0.1:8069", Upstream: "127.0.0.1:40002", PID: 4202, Log: log},
		},
		Tenants: []lab.Access{
			{Name: "t1", Address: odoo.Address{URL: "http://127.0.0.1:8080", Host: "t1.localhost", Database: "t1"}, Logins: []string{"load01", "load02"}, Password: "hidden"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, args := range [][]string{
		{"lab", "status"}, {"lab", "logs", "multi-tenant"}, {"lab", "logs", "multi-tenant", "shared/odoo"},
		{"lab", "logs", "multi-tenant", "shared/redis"}, {"lab", "logs", "dedicated"}, {"doctor"},
	} {
		b.WriteString(transcript(t, args...))
	}
	text := strings.ReplaceAll(b.String(), state, "STATE")
	if strings.Contains(text, "hidden") {
		t.Error("a password is printed")
	}
	golden(t, "lab-status", text)
}

// A level that changed, with what differs there, and a figure that --figure leaves out.
func TestGoldenTrendWithChange(t *testing.T) {
	history := trend.History{Setup: "shared", Figure: "orders p95, calm"}
	for i, seconds := range []float64{0.21, 0.2, 0.22, 0.34, 0.35, 0.33} {
		lo, hi := 0.9*seconds, 1.1*seconds
		history.Points = append(history.Points, trend.HistoryRun{
			Run:     fmt.Sprintf("results/runs/peak/%d", i+1),
			Started: time.Date(2026, 11, 20+i, 23, 30, 0, 0, time.FixedZone("CET", 3600)),
			Value:   finding.Quantity{Value: seconds, Lo: &lo, Hi: &hi, Unit: "s", N: 900},
		})
	}
	history.Breaks = []trend.Break{{
		Run: history.Points[3].Run, Before: 0.21, After: 0.34,
		Differences: []versus.Difference{{What: "version of odoo", A: "19.0-1", B: "19.0-2"}},
	}}
	var b strings.Builder
	all := []trend.History{history, {Setup: "shared", Figure: "arrivals served"}}
	if err := showTrend(&b, all, []string{"results/runs/peak/7 is invalid and left out"}, "orders"); err != nil {
		t.Fatal(err)
	}
	golden(t, "trend-change", b.String())
}

func TestGoldenVersion(t *testing.T) {
	build := &debug.BuildInfo{
		GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.0"},
		Settings: []debug.BuildSetting{
			{Key: "vcs.revision", Value: "0123456789abcdef0123456789abcdef01234567"}, {Key: "vcs.modified", Value: "true"},
		},
		Deps: []*debug.Module{
			{Path: "go.k6.io/k6", Version: "v1.8.1"},
			{Path: "github.com/chaos-mesh/chaos-mesh/api", Version: "v0.0.0", Replace: &debug.Module{Version: "v2.8.0"}},
		},
	}
	var b bytes.Buffer
	for _, each := range []*debug.BuildInfo{build, {}} {
		if err := printVersions(&b, each); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "version", b.String())
}

// The modules whose versions are printed are those of go.mod.
func TestVersionNamesModules(t *testing.T) {
	if out, err := exec.CommandContext(t.Context(), "go", "list", "-m", moduleK6, moduleChaosMesh).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
