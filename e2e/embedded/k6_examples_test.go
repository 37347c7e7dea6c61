package embedded

import (
	"fmt"
	"go/build"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
	"example.org/odooharness/internal/testing/odootest"
	"example.org/odooharness/results"
)

// k6Examples is the folder of k6's own examples, in the module cache.
func k6Examples(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join(build.Default.GOROOT, "bin", "go"), "list", "-m", "-f", "{{.Dir}}", "go.k6.io/k6").Output()
	if err != nil {
		out, err = exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "go.k6.io/k6").Output()
	}
	rig.Must(t, err)
	return filepath.Join(strings.TrimSpace(string(out)), "examples")
}

// offline lists the examples that need no network, and have something to run.
func offline(t *testing.T, dir string) []string {
	t.Helper()
	network := regexp.MustCompile(`https?:|k6/http|wss?:|grpc|k6/browser|k6/experimental/redis`)
	runs := regexp.MustCompile(`export default`)
	var found []string
	rig.Must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		ext := filepath.Ext(path)
		if err != nil || d.IsDir() || ext != ".js" && ext != ".ts" {
			return err
		}
		source, err := os.ReadFile(path)
		if err == nil && runs.Match(source) && !network.Match(source) {
			found = append(found, path)
		}
		return err
	}))
	return found
}

// staged writes a setup that is reached over the network, an objective and an experiment on
// one script, and returns the experiment's path.
func staged(t *testing.T, server *odootest.Server, script, duration string) string {
	t.Helper()
	dir := t.TempDir()
	rig.Write(t, filepath.Join(dir, "setup.yaml"), `name: plain
tenancy: shared
environment: staging
tenants: [{name: acme, url: "`+server.URL+`", database: main, logins: [u1], passwordEnv: K6_PASSWORD}]
components: []
`)
	rig.Write(t, filepath.Join(dir, "slo.yaml"), `apiVersion: openslo/v1
kind: SLO
metadata: {name: works}
spec:
  service: s
  budgetingMethod: Occurrences
  indicator: {metadata: {name: i}, spec: {thresholdMetric: {metricSource: {type: odoo-harness, spec: {journeys: [orders]}}}}}
  objectives: [{op: lte, value: 20, target: 0.8}]
`)
	path := filepath.Join(dir, "experiment.yaml")
	rig.Write(t, path, fmt.Sprintf(`name: plain
hypothesis: it holds
setups: [setup.yaml]
tenants: {acme: abiding}
scenarios: [{name: s, script: %q, duration: %s}]
warmup: 0s
objectives: [slo.yaml]
`, script, duration))
	return path
}

// verdict runs an experiment and returns the exit code, the run and the output.
func verdict(t *testing.T, experiment string) (int, *results.Run, string) {
	t.Helper()
	runs := filepath.Join(filepath.Dir(experiment), "runs")
	cmd := rig.Command(t.Context(), t, rig.StateDir(t), "run", "--results", runs, experiment)
	cmd.Env = append(cmd.Env, "K6_PASSWORD="+odootest.Password)
	out, _ := cmd.CombinedOutput() // the exit code is the verdict
	run, err := results.Open(filepath.Join(runs, "plain", "latest"))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return cmd.ProcessState.ExitCode(), run, string(out)
}

// looped is a script that runs an example's function in the journey orders, and checks that
// it came to its end.
func looped(t *testing.T, example, options string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "looped.js")
	rig.Write(t, path, fmt.Sprintf(`import { check } from 'k6';
import example from %q;
export const options = { scenarios: { orders: %s } };
export default async function () {
  await example();
  check(null, { done: () => true });
}
`, example, options))
	return path
}

// A plain script that works passes, one that fails fails, and one that is starved of
// virtual users is invalid, whatever the target did.
func TestPlainScriptsAreJudged(t *testing.T) {
	rig.LabTest(t)
	server := odootest.New()
	defer server.Close()
	examples := k6Examples(t)
	failing := filepath.Join(t.TempDir(), "failing.js")
	rig.Write(t, failing, "import http from 'k6/http';\nimport exec from 'k6/execution';\n"+ // three of four calls fail, whichever virtual user makes them
		"export default function () { http.get('"+server.URL+
		"' + (exec.scenario.iterationInTest % 4 ? '/nothing-here' : '/web/webclient/version_info')); }\n")
	slow := filepath.Join(t.TempDir(), "slow.js")
	rig.Write(t, slow, "import { sleep } from 'k6';\nexport default function () { sleep(0.5); }\n")
	// 48 arrivals decide an objective of 80 %. Each has a virtual user of its own within 5 s,
	// so that none is dropped on a busy machine.
	for _, c := range []struct {
		name, script, finding string
		code                  int
	}{
		{"works", looped(t, filepath.Join(examples, "webcrypto", "digest.js"),
			"{ executor: 'constant-arrival-rate', rate: 8, timeUnit: '1s', duration: '6s', preAllocatedVUs: 40 }"), "", cli.ExitPass},
		{"fails", looped(t, failing,
			"{ executor: 'constant-arrival-rate', rate: 8, timeUnit: '1s', duration: '6s', preAllocatedVUs: 40 }"), "SLO-001", cli.ExitFail},
		{"starved", looped(t, slow,
			"{ executor: 'constant-arrival-rate', rate: 40, timeUnit: '1s', duration: '6s', preAllocatedVUs: 2, maxVUs: 2 }"), "VAL-001", cli.ExitInconclusive},
	} {
		code, _, out := verdict(t, staged(t, server, c.script, "7s"))
		if code != c.code || !strings.Contains(out, c.finding) {
			t.Errorf("%s: exit code %d, want %d and %s\n%s", c.name, code, c.code, c.finding, out)
		}
	}
}
