package secrets

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/cli"
)

func TestMain(m *testing.M) { rig.Main(m) }

// marked is part of every credential here, and of nothing else.
var marked = regexp.MustCompile(`zq[a-z]+mark`)

// password is a credential with the characters that parsers stumble over.
func password(place string) string { return "zq" + place + "mark#1%zz@b c/d?e" }

// watched is a harness whose files, output and processes are searched.
type watched struct {
	t     *testing.T
	state string
	dir   string // of files that it may write, besides its state
	env   []string
	own   []string // credentials of servers, without a mark
}

// credentialsOf lists the passwords in an environment: whole values, and those in URLs.
func credentialsOf(env []string) (all []string) {
	for _, variable := range env {
		_, value, _ := strings.Cut(variable, "=")
		if u, err := url.Parse(value); err == nil && u.User != nil {
			value, _ = u.User.Password()
		}
		if len(value) > 8 {
			all = append(all, value)
		}
	}
	return all
}

// find returns the credential in a text, or nothing.
func (w *watched) find(text []byte) string {
	for _, each := range w.own {
		if bytes.Contains(text, []byte(each)) {
			return "a password of a server"
		}
	}
	return string(marked.Find(text))
}

// run runs a command, searches what it did, and returns its exit code and output.
func (w *watched) run(args ...string) (code int, out string) {
	w.t.Helper()
	cmd := rig.Command(w.t.Context(), w.t, w.state, args...)
	cmd.Dir = w.dir
	cmd.Env = append(cmd.Env, w.env...)
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	rig.Must(w.t, cmd.Start())
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { w.arguments(ended) })
	err := cmd.Wait()
	close(ended)
	watching.Wait()
	w.search("harness "+strings.Join(args, " ")+" prints", printed.String())
	w.files(args[0])
	w.t.Logf("harness %s: %v", strings.Join(args, " "), err)
	return cmd.ProcessState.ExitCode(), printed.String()
}

func (w *watched) search(where, text string) {
	for _, line := range strings.Split(text, "\n") {
		if found := w.find([]byte(line)); found != "" {
			w.t.Errorf("%s %s: %s", where, found, strings.TrimSpace(line))
		}
	}
}

// arguments searches the arguments of every process until the command has ended. They
// change only when a program starts, a moment after its process: a few looks are enough.
func (w *watched) arguments(ended <-chan struct{}) {
	const enough = 5
	looks := map[string]int{}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
		}
		processes, _ := os.ReadDir("/proc")
		for _, process := range processes {
			if name := process.Name(); name[0] < '0' || name[0] > '9' || looks[name] == enough {
				continue
			}
			looks[process.Name()]++
			if line, err := os.ReadFile(filepath.Join("/proc", process.Name(), "cmdline")); err == nil && w.find(line) != "" {
				w.t.Errorf("a process has the arguments %q", bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
				return
			}
		}
	}
}

// files searches what was written, but not what the test has written.
func (w *watched) files(command string) {
	for _, root := range []string{w.dir, filepath.Join(w.state, "odoo-harness", "faults"), filepath.Join(w.state, "odoo-harness", "locks")} {
		err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() || strings.Contains(path, "given-") {
				return nil //nolint:nilerr // a folder that is not there has nothing
			}
			data, err := os.ReadFile(path)
			if found := w.find(data); found != "" {
				w.t.Errorf("after harness %s: %s holds %s", command, path, found)
			}
			return err
		})
		if err != nil {
			w.t.Error(err)
		}
	}
}

const experiment = `name: secrets
hypothesis: it holds
setups: [given-setup.yaml]
tenants: {t1: abiding, t2: abiding}
scenarios:
  - {name: dispatch, script: ../scenarios/dispatch-cutoff.js, duration: 10s, scale: 4, timeout: 5s}
faults:
  - {name: limit, manifest: ../chaos/catalogue/postgres-connection-limit.yaml, at: 2s, for: 2s}
  - {name: redis-slow, manifest: ../chaos/catalogue/redis-squeeze-memory.yaml, at: 6s, for: 2s}
warmup: 1s
seed: 3
`

// Runs on servers that answer. Their own passwords and keys are searched for as they are;
// the URLs of tenants and of Prometheus have marked ones.
func TestGoodRun(t *testing.T) {
	rig.LabTest(t)
	path, state := rig.Workspace(t, "3s"), rig.StateDir(t)
	target := rig.Staging(t, state)
	file, env := rig.StagingSetup(t, target)
	dir := filepath.Dir(path)
	user := url.UserPassword("zquser"+"mark", password("url")).String()
	file = strings.ReplaceAll(file, `url: "http://`, `url: "http://`+user+"@")
	file = strings.Replace(file, "chaos: {", "prometheus: {urlEnv: GOOD_PROMETHEUS}\nchaos: {", 1)
	own := credentialsOf(env)
	env = append(env, "GOOD_PROMETHEUS=http://"+user+"@127.0.0.1:1")
	rig.Write(t, path, experiment)
	rig.Write(t, filepath.Join(dir, "given-setup.yaml"), file)
	w := &watched{t: t, state: state, dir: dir, env: env, own: own}
	if code, out := w.run("plan", path); code != cli.ExitPass {
		t.Fatalf("plan: exit code %d\n%s", code, out)
	}
	code, out := w.run("run", "--results", filepath.Join(dir, "runs"), path)
	if code == cli.ExitCannotRun {
		t.Fatalf("it could not run:\n%s", out)
	}
	run := filepath.Join(dir, "runs", "secrets", "latest")
	for _, args := range [][]string{
		{"analyze", run}, {"report", run, "--format", "md"}, {"report", run, "--format", "json"}, {"report", run, "--format", "junit"},
		{"doctor", "--setup", filepath.Join(dir, "given-setup.yaml")}, {"doctor", "--setup", filepath.Join(dir, "given-setup.yaml"), "--sweep"},
		{"clean", run, "--setup", filepath.Join(dir, "given-setup.yaml")}, // its proxy runs only during a run
	} {
		if code, out := w.run(args...); code == cli.ExitCannotRun && args[0] != "clean" {
			t.Errorf("%v: exit code %d\n%s", args, code, out)
		}
	}
	rig.NoCredentials(t, filepath.Join(dir, "runs"), target)
}

// broken is a workspace with a setup file whose servers are not there. It is the case's own,
// so that all run in parallel: they mostly wait.
func broken(t *testing.T, setup string) (w *watched, path, file string) {
	t.Helper()
	t.Parallel()
	path = rig.Workspace(t, "3s")
	dir := filepath.Dir(path)
	file = filepath.Join(dir, "given-setup.yaml")
	rig.Write(t, path, experiment)
	rig.Write(t, file, setup)
	rig.Write(t, filepath.Join(dir, "given-password"), password("file"))
	return &watched{t: t, state: rig.StateDir(t), dir: dir}, path, file
}

// Runs that fail: addresses that lead nowhere, and such that no parser accepts.
func TestFailingRuns(t *testing.T) {
	t.Parallel()
	encoded := url.UserPassword("zquser"+"mark", password("url")).String()
	for name, user := range map[string]string{
		"encoded": encoded, "raw": "bob:" + password("raw"), "hash": "bob:zqhashmark#1", "percent": "bob:zqpercentmark%zz",
		"at": "bob:zqatmark@2", "blank": "bob:zqblankmark 3", "slash": "bob:zqslashmark/4", "colon": "bob:zqcolonmark:6",
	} {
		t.Run(name, func(t *testing.T) {
			w, path, setup := broken(t, fmt.Sprintf(`name: secrets
tenancy: shared
environment: staging
tenants:
  - {name: t1, url: "http://%[1]s@127.0.0.1:1", database: t1, logins: [a], passwordEnv: S_PASSWORD, dsnEnv: S_DSN}
  - {name: t2, url: "http://127.0.0.1:1", database: t2, logins: [a], apiKeyEnv: S_KEY}
  - {name: t3, url: "http://127.0.0.1:1", database: t3, logins: [a], passwordFile: given-password}
components:
  - {name: postgres, kind: postgres, labels: {app.kubernetes.io/name: postgresql}, dsnEnv: S_DSN}
  - {name: redis, kind: redis, labels: {app.kubernetes.io/name: redis}, urlEnv: S_REDIS}
  - {name: ingress, kind: ingress, labels: {app.kubernetes.io/name: ingress}, metricsURL: "http://%[1]s@127.0.0.1:1/metrics"}
prometheus: {url: "http://%[1]s@127.0.0.1:1"}
chaos: {driver: local, allow: ["*"]}
`, user))
			w.env = []string{
				"S_PASSWORD=" + password("env"), "S_KEY=" + password("key"),
				"S_DSN=postgres://" + strings.Replace(user, "zqusermark", "bob", 1) + "@127.0.0.1:1/t1", // the role may be shown
				"S_REDIS=redis://" + user + "@127.0.0.1:1/0", "AWS_SECRET_ACCESS_KEY=" + password("aws"), "AWS_ACCESS_KEY_ID=zqidmark",
				"AWS_ENDPOINT_URL=http://" + user + "@127.0.0.1:1", "AWS_REGION=x",
			}
			runs := filepath.Join(w.dir, "runs")
			for _, args := range [][]string{
				{"plan", path}, {"run", "--results", runs, path}, {"doctor", "--setup", setup}, {"doctor", "--setup", setup, "--sweep"},
				{"analyze", "s3://runs/x"}, {"run", "--results", "s3://runs/x", path}, {"init", "--rbac", setup},
				{"capacity", "--results", runs, path},
			} {
				if code, out := w.run(args...); code != cli.ExitCannotRun && args[0] != "plan" && args[0] != "init" {
					t.Errorf("%v: exit code %d, want %d\n%s", args, code, cli.ExitCannotRun, out)
				}
			}
		})
	}
	for name, dsn := range map[string]string{
		"keywords": "host=127.0.0.1 port=1 password=zqwordmark 1", "quote": "host=127.0.0.1 port=1 password='zqquotemark", "no DSN": "zqnothingmark",
	} {
		t.Run(name, func(t *testing.T) {
			w, path, setup := broken(t, `name: secrets
tenancy: shared
environment: staging
tenants: [{name: t1, url: "http://127.0.0.1:1", database: t1, logins: [a], passwordEnv: S_PASSWORD, dsnEnv: S_DSN}, {name: t2, url: "http://127.0.0.1:1", database: t2, logins: [a], passwordEnv: S_PASSWORD}]
components: [{name: postgres, kind: postgres, labels: {app.kubernetes.io/name: postgresql}, dsnEnv: S_DSN}, {name: redis, kind: redis, labels: {app.kubernetes.io/name: redis}, urlEnv: S_REDIS}]
chaos: {driver: local, allow: ["*"]}
`)
			w.env = []string{"S_PASSWORD=x", "S_DSN=" + dsn, "S_REDIS=zqredismark"}
			for _, args := range [][]string{{"run", "--results", filepath.Join(w.dir, "runs"), path}, {"doctor", "--setup", setup}} {
				w.run(args...)
			}
		})
	}
}
