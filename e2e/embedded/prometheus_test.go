package embedded

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/results"
)

const watchedExperiment = `name: watched
hypothesis: an alert detects the fault
setups: [setup.yaml]
tenants: {t1: abiding, t2: abiding}
scenarios:
  - {name: dispatch, script: ../scenarios/dispatch-cutoff.js, duration: 32s, scale: 5, timeout: 5s}
faults:
  - {name: lock-stock-quant, manifest: ../chaos/catalogue/postgres-lock-stock-quant.yaml, at: 8s, for: 5s}
  - {name: ingress-slow, manifest: ../chaos/catalogue/ingress-slow.yaml, at: 20s, for: 2s}
warmup: 3s
promises: {alert: 8s}
seed: 3
`

// alertRules has a rule that fires when a table is locked, and one that always fires.
const alertRules = `groups:
  - name: platform
    interval: 1s
    rules:
      - {alert: TableLocked, expr: 'max by (datname) (pg_locks_count{mode="accessexclusivelock", datname=~"t1|t2"}) > 0', for: 1s}
      - {alert: Watchdog, expr: 'pg_up == 1'}
`

// service runs a program until the test ends.
func service(t *testing.T, env []string, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), env...)
	log, err := os.Create(filepath.Join(t.TempDir(), filepath.Base(program)+".log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		cmd.Wait() // it was killed
		if t.Failed() {
			printed, _ := os.ReadFile(log.Name())
			t.Logf("%s printed:\n%s", program, printed)
		}
		log.Close() // read already
	})
}

// startPrometheus starts a Prometheus that scrapes a real exporter of the target's
// PostgreSQL and evaluates the rules. It returns once the rule that always fires does.
func startPrometheus(t *testing.T, dsn string) (url string) {
	t.Helper()
	dir, exporter, address := t.TempDir(), rig.FreeAddress(t), rig.FreeAddress(t)
	service(t, []string{"DATA_SOURCE_NAME=" + dsn}, "prometheus-postgres-exporter", "--web.listen-address="+exporter)
	config := fmt.Sprintf("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules.yaml]\n"+
		"scrape_configs:\n  - {job_name: postgres, static_configs: [{targets: [%q]}]}\n", exporter)
	rig.Write(t, filepath.Join(dir, "prometheus.yaml"), config)
	rig.Write(t, filepath.Join(dir, "rules.yaml"), alertRules)
	service(t, nil, "prometheus", "--config.file="+filepath.Join(dir, "prometheus.yaml"),
		"--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address="+address)
	url = "http://" + address
	eventually.True(t, 60*time.Second, "the rule that always fires to fire", func() bool {
		return strings.Contains(get(t, url+"/api/v1/alerts"), `"state":"firing"`)
	})
	return url
}

// get returns the text of a page, empty when it cannot be read.
func get(t *testing.T, url string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return ""
	}
	return string(body)
}

// An alert of a real Prometheus detects a fault, and the findings have the time to detect.
// The alert that fires all the time does not count. A fault that no rule covers has none.
func TestPrometheusAlertDetectsAFault(t *testing.T) {
	rig.LabTest(t)
	for _, program := range []string{"prometheus", "prometheus-postgres-exporter"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: make test-prometheus installs it", program)
		}
	}
	experiment, state := rig.Workspace(t, "3s"), rig.StateDir(t)
	target := rig.Staging(t, state)
	at := slices.IndexFunc(target.Components, func(c lab.Running) bool { return c.Kind == "postgres" })
	setup, env := rig.StagingSetup(t, target)
	setup += fmt.Sprintf("prometheus:\n  url: %s\n  queries: [{name: sessions, expr: 'sum by (datname) (pg_stat_database_numbackends)'}]\n",
		startPrometheus(t, target.Components[at].DSN.Reveal()))
	dir := filepath.Dir(experiment)
	rig.Write(t, experiment, watchedExperiment)
	rig.Write(t, filepath.Join(dir, "setup.yaml"), setup)
	runs := filepath.Join(dir, "runs")
	cmd := rig.Command(t.Context(), t, state, "run", "--results", runs, experiment)
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code == cli.ExitCannotRun {
		t.Fatalf("%v\n%s", err, out)
	}
	judged := rig.Judgement(t, filepath.Join(runs, "watched", "latest"))
	detected := map[string]finding.Finding{}
	for _, f := range judged.Findings {
		if f.ID == "RES-006" {
			detected[f.Scope.Fault] = f
			t.Logf("%s %s: %s", f.Verdict, f.Scope.Fault, strings.Join(f.Because, " "))
		}
	}
	lock := detected["lock-stock-quant"]
	if lock.Verdict != finding.Pass || lock.Quantity == nil || lock.Quantity.Value <= 1 || lock.Quantity.Value > 8 ||
		!strings.Contains(lock.Because[0], "TableLocked") {
		t.Errorf("the lock: %+v, want TableLocked within 1 to 8 s: its rule waits a second", lock)
	}
	slow := detected["ingress-slow"]
	if slow.Quantity == nil || !slow.Quantity.Censored || slow.Verdict == finding.Pass {
		t.Errorf("the slow ingress: %+v, want no alert", slow)
	}
	if !strings.Contains(string(out), "s TableLocked") {
		t.Errorf("the table of the terminal does not name the alert:\n%s", out)
	}
	hasQuery(t, filepath.Join(runs, "watched", "latest"))
}

// hasQuery fails when the setup's own query has no reading for a tenant.
func hasQuery(t *testing.T, dir string) {
	t.Helper()
	run, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for p, err := range run.Trials[0].Points() {
		if err != nil {
			t.Fatal(err)
		}
		if p.Series == "prometheus.query[sessions]" && p.Tenant == "t1" && p.Value > 0 {
			return
		}
	}
	t.Error("no reading of prometheus.query[sessions] for t1 above 0")
}
