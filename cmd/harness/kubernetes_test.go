//go:build kubernetes

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"odooharness/chaos/local"
	"odooharness/chaos/mesh/cluster"
	"odooharness/lab"
	"odooharness/results"
)

// onCluster runs against pods: of a Deployment each for the small Odoo and its
// ingress, with a PostgreSQL and a Redis that are known by a Secret.
const onCluster = `name: on-cluster
hypothesis: it holds
setups: [SETUPS]
tenants: {t1: abiding, t2: abiding}
scenarios:
  - {name: dispatch, script: ../scenarios/dispatch-cutoff.js, duration: 44s, scale: 5, timeout: 5s}
faults:
  - {name: odoo-killed, manifest: ../chaos/catalogue/odoo-kill.yaml, at: 6s}
  - {name: lock-stock-quant, manifest: ../chaos/catalogue/postgres-lock-stock-quant.yaml, at: 14s, for: 2s}
  - {name: redis-pause, manifest: ../chaos/catalogue/redis-pause.yaml, at: 20s, for: 2s}
  - {name: ingress-down, manifest: ../chaos/catalogue/ingress-failure.yaml, at: 26s, for: 3s}
  - {name: ingress-slow, manifest: ../chaos/catalogue/ingress-slow.yaml, at: 35s, for: 3s}
warmup: 3s
seed: 3
`

// labels are those that the catalogue selects by.
func labels(component string) map[string]string {
	return map[string]string{"app.kubernetes.io/part-of": "odoo-lab", "app.kubernetes.io/name": component}
}

const shopNamespace = "shop"

// podsOf starts the stand-in's Odoo and ingress a second time, as pods, and returns
// the address of the ingress.
func podsOf(t *testing.T, c *cluster.Cluster, state string) (address string) {
	t.Helper()
	must(t, c.Namespace(t.Context(), shopNamespace))
	odoo, address := freeAddress(t), freeAddress(t)
	dir := t.TempDir()
	for name, change := range map[string]func(map[string]any){
		"odoo": func(config map[string]any) { config["listen"] = odoo },
		"ingress": func(config map[string]any) {
			config["listen"], config["upstream"], config["access_log"] = address, odoo, filepath.Join(dir, "access.log")
		},
	} {
		config := configOf(t, state, name)
		change(config)
		raw, err := json.Marshal(config)
		must(t, err)
		file := filepath.Join(dir, name+".json")
		must(t, os.WriteFile(file, raw, 0o600))
		command, at := "ingress", address
		if name == "odoo" {
			command, at = "embedded-odoo", odoo
		}
		deployment(t, c, name, at, command, file)
	}
	return address
}

// configOf finds the configuration that the lab wrote for a part.
func configOf(t *testing.T, state, name string) map[string]any {
	t.Helper()
	var config map[string]any
	err := filepath.WalkDir(state, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Base(path) != name+".json" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return json.Unmarshal(raw, &config)
	})
	must(t, err)
	if config["listen"] == nil {
		t.Fatalf("the lab in %s has no %s.json", state, name)
	}
	return config
}

func deployment(t *testing.T, c *cluster.Cluster, name, at, command, config string) {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	_, port, err := net.SplitHostPort(at)
	must(t, err)
	one, grace := int32(1), int64(1)
	must(t, c.Client.Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: shopNamespace},
		Spec: appsv1.DeploymentSpec{
			Replicas: &one, Selector: &metav1.LabelSelector{MatchLabels: labels(name)},
			// A port of this machine is there once: the old pod goes before the new one comes.
			Strategy: appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels(name)},
				Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: &grace,
					Containers: []corev1.Container{{
						Name: name, Image: "proc.local/harness", Command: []string{self, "lab", command, "--config", config},
						Env: []corev1.EnvVar{{Name: asHarness, Value: "1"}},
						ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{
							TCPSocket: &corev1.TCPSocketAction{Port: intstr.Parse(port)},
						}},
					}},
				},
			},
		},
	}))
}

// clusterSetup writes the setup file, and the Secret that it names.
func clusterSetup(t *testing.T, c *cluster.Cluster, target lab.Status, address string) (file string, env []string) {
	t.Helper()
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "odoo-credentials", Namespace: shopNamespace}, StringData: map[string]string{},
	}
	var b strings.Builder
	b.WriteString("name: on-cluster\ntenancy: shared\nenvironment: staging\ntenants:\n")
	for _, a := range target.Tenants {
		fmt.Fprintf(&b, "  - {name: %s, url: \"http://%s\", host: %s, database: %s, logins: [%s], passwordEnv: EXT_PASSWORD, dsnEnv: EXT_%s_DSN}\n",
			a.Name, address, a.Host, a.Database, strings.Join(a.Logins, ", "), strings.ToUpper(a.Name))
		env = append(env, "EXT_PASSWORD="+a.Password, "EXT_"+strings.ToUpper(a.Name)+"_DSN="+a.DSN)
	}
	b.WriteString("components:\n")
	for _, kind := range []string{"odoo", "ingress"} {
		fmt.Fprintf(&b, "  - {name: shared/%s, kind: %s, labels: {app.kubernetes.io/name: %s, app.kubernetes.io/part-of: odoo-lab}}\n", kind, kind, kind)
	}
	for _, component := range target.Components {
		switch component.Kind {
		case "postgres":
			secret.StringData["dsn"] = component.DSN
			b.WriteString("  - {name: shared/postgres, kind: postgres, labels: {app.kubernetes.io/name: postgresql, app.kubernetes.io/part-of: odoo-lab}, secret: {name: odoo-credentials, key: dsn}}\n")
		case "redis":
			secret.StringData["url"] = component.URL
			b.WriteString("  - {name: shared/redis, kind: redis, labels: {app.kubernetes.io/name: redis, app.kubernetes.io/part-of: odoo-lab}, secret: {name: odoo-credentials, key: url}}\n")
		}
	}
	fmt.Fprintf(&b, "chaos: {driver: chaos-mesh, kubeconfig: %s, namespace: %s, maxPods: 1, allow: [\"*\"]}\n", c.Kubeconfig, shopNamespace)
	must(t, c.Client.Create(t.Context(), secret))
	return b.String(), env
}

// rig is a cluster with the target in it, and the experiment beside.
type rig struct {
	cluster    *cluster.Cluster
	state      string
	experiment string
	setup      string
	env        []string
}

func newRig(t *testing.T, experiment string) *rig {
	t.Helper()
	c, err := cluster.Start(t.Context())
	must(t, err)
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	must(t, c.InstallChaosMesh(t.Context()))
	r := &rig{cluster: c, experiment: workspace(t, "3s"), state: stateDir(t)}
	target := staging(t, r.state)
	file, env := clusterSetup(t, c, target, shaped(t, c, podsOf(t, c, r.state)))
	r.env, r.setup = env, filepath.Join(filepath.Dir(r.experiment), "setup.yaml")
	must(t, os.WriteFile(r.experiment, []byte(experiment), 0o600))
	must(t, os.WriteFile(r.setup, []byte(file), 0o600))
	wait(t, time.Minute, "the pods serve", func() error {
		var pods corev1.PodList
		if err := c.Client.List(t.Context(), &pods); err != nil {
			return err
		}
		for _, pod := range pods.Items {
			for _, s := range pod.Status.ContainerStatuses {
				if !s.Ready {
					return fmt.Errorf("%s is not ready: %+v", pod.Name, s.State)
				}
			}
		}
		if len(pods.Items) < 2 {
			return fmt.Errorf("there are %d pods", len(pods.Items))
		}
		return nil
	})
	return r
}

func (r *rig) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := harness(t.Context(), t, r.state, args...)
	cmd.Env = append(cmd.Env, r.env...)
	return cmd
}

// shaped puts the harness's own proxy before the ingress pod, and has it delay what
// the daemon was asked to delay: a pod that is a process has no network device for
// netem. Only the ingress is slowed down in these experiments.
func shaped(t *testing.T, c *cluster.Cluster, upstream string) (address string) {
	t.Helper()
	address = freeAddress(t)
	proxy, err := local.NewProxy("ingress", address, upstream)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- follow(ctx, c, proxy) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, proxy.Close(context.Background())); err != nil {
			t.Error(err)
		}
	})
	return address
}

// follow applies each SetTcs to the proxy until ctx ends.
func follow(ctx context.Context, c *cluster.Cluster, proxy *local.TCPProxy) error {
	const toxic = "netem"
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for heard := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		calls, err := c.Calls()
		if err != nil {
			return err
		}
		for ; heard < len(calls); heard++ {
			if calls[heard].Call != "SetTcs" {
				continue
			}
			var asked struct {
				Tcs []struct {
					Netem struct {
						Time string `json:"time"`
					} `json:"netem"`
				} `json:"tcs"`
			}
			if err := json.Unmarshal(calls[heard].Request, &asked); err != nil {
				return err
			}
			if proxy.HasToxic(toxic) {
				if err := proxy.RemoveToxic(ctx, toxic); err != nil {
					return err
				}
			}
			if len(asked.Tcs) == 0 {
				continue
			}
			delay, err := time.ParseDuration(asked.Tcs[0].Netem.Time)
			if err != nil {
				return err
			}
			// netem delays what the pod sends: the answers.
			err = proxy.AddToxic(ctx, toxic, "latency", "downstream", map[string]float64{"latency": float64(delay.Milliseconds())})
			if err != nil {
				return err
			}
		}
	}
}

// wait waits for a condition.
func wait(t *testing.T, limit time.Duration, what string, check func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s: %v", limit, what, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// One experiment runs against pods and against a lab of this machine: the plan names
// the pods, the faults end processes, reach the daemon, or go through connections
// whose credentials are in a Secret. Both drivers make the same marks; the table of
// what clients saw is in docs/kubernetes.md, and -update writes it.
func TestRunOnKubernetesAndHere(t *testing.T) {
	r := newRig(t, strings.Replace(onCluster, "SETUPS", "setup.yaml, here.yaml", 1))
	here := "name: here\ntenancy: shared\nenvironment: lab\nlab: {kind: embedded, workers: 4}\ntenants: [{name: t1}, {name: t2}]\n"
	must(t, os.WriteFile(filepath.Join(filepath.Dir(r.setup), "here.yaml"), []byte(here), 0o600))
	var plan string
	wait(t, 30*time.Second, "the plan names the pods", func() error {
		out, err := r.command(t, "plan", r.experiment).CombinedOutput()
		plan = string(out)
		if err != nil || !strings.Contains(plan, "odoo-killed would hit 1 of 1 pods: shop/odoo-") {
			return fmt.Errorf("%w: %s", err, plan)
		}
		return nil
	})
	runs := filepath.Join(t.TempDir(), "runs")
	out, err := r.command(t, "run", "--results", runs, r.experiment).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() == exitCannotRun) {
		t.Fatalf("it could not run: %v\n%s", err, out)
	}
	run, err := results.Open(filepath.Join(runs, "on-cluster", "latest"))
	must(t, err)
	if len(run.Trials) != 2 {
		t.Fatalf("%d trials, want one on each setup\n%s", len(run.Trials), out)
	}
	drivers := map[string]string{"on-cluster": "chaos-mesh", "here": "local"}
	for _, trial := range run.Trials {
		if trial.State != results.TrialComplete || len(trial.Injections) != 5 {
			t.Errorf("trial %s is %s (%s) with %d faults, want a complete one with 5\n%s",
				trial.Name, trial.State, trial.Reason, len(trial.Injections), out)
		}
		for _, in := range trial.Injections {
			if in.InEffect == nil || in.Recovered == nil || in.Driver != drivers[trial.Setup] {
				t.Errorf("%s on %s: %+v, want it shown in effect and shown gone", in.Fault, trial.Setup, in)
				continue
			}
			t.Logf("%s on %s: %s | %s", in.Fault, trial.Setup, in.Proof, in.GoneProof)
		}
	}
	if left, err := r.cluster.InEffect(); err != nil || len(left) > 0 {
		t.Errorf("left in effect are %v, %v", left, err)
	}
	podsWatched(t, run)
	parity(t, run)
}

// podsWatched holds the telemetry of pods: the killed one's absence was seen.
func podsWatched(t *testing.T, run *results.Run) {
	t.Helper()
	fewest := map[string]float64{}
	for _, trial := range run.Trials {
		for point, err := range trial.Points() {
			must(t, err)
			if point.Series != "pods.ready" {
				continue
			}
			if least, seen := fewest[point.Component]; !seen || point.Value < least {
				fewest[point.Component] = point.Value
			}
		}
	}
	if least, seen := fewest["shared/ingress"]; !seen || least > 0 {
		t.Errorf("ready pods at the fewest: %v, want none of the ingress while it failed", fewest)
	}
}

// parity compares the marks of the two drivers and what clients saw in each fault's
// time, and holds the table in docs/kubernetes.md.
func parity(t *testing.T, run *results.Run) {
	t.Helper()
	const doc, begin, end = "../../docs/kubernetes.md", "<!-- parity: made by make test-kubernetes UPDATE=1 -->\n", "<!-- end of parity -->"
	var table strings.Builder
	table.WriteString("\n| fault | kind | local: clients saw | Chaos Mesh: clients saw | the same kind of effect |\n|---|---|---|---|---|\n")
	seen := map[string]map[string]map[string]bool{}
	for _, trial := range run.Trials {
		seen[trial.Setup] = outcomes(t, trial)
	}
	for _, in := range run.Trials[0].Injections {
		here, there := seen["here"][in.Fault], seen["on-cluster"][in.Fault]
		same := "yes"
		if (len(here) > 0) != (len(there) > 0) {
			same = "no"
		}
		fmt.Fprintf(&table, "| %s | %s %s | %s | %s | %s |\n", in.Fault, in.Kind, in.Action, names(here), names(there), same)
	}
	t.Log(table.String())
	raw, err := os.ReadFile(doc)
	must(t, err)
	before, rest, ok1 := strings.Cut(string(raw), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has lost the marks of its table", doc)
	}
	if os.Getenv("UPDATE") != "" {
		must(t, os.WriteFile(doc, []byte(before+begin+table.String()+"\n"+end+after), 0o644))
	}
}

// outcomes are the kinds of failure and delay that clients saw between a fault's
// injection and a second after its removal: failures, waits over a second, and
// being slower as a whole, by the median against that before the first fault.
func outcomes(t *testing.T, trial *results.TrialData) map[string]map[string]bool {
	t.Helper()
	const slower = 50 * time.Millisecond // a third of what ingress-slow adds
	saw := map[string]map[string]bool{}
	services := map[string][]time.Duration{}
	first := results.OffsetOf(time.Hour)
	for _, in := range trial.Injections {
		saw[in.Fault] = map[string]bool{}
		first = min(first, in.Requested)
	}
	for s, err := range trial.Samples() {
		must(t, err)
		if s.Ended < first && s.Outcome == results.OK {
			services[""] = append(services[""], s.Service())
		}
		for _, in := range trial.Injections {
			if in.Injected == nil || in.Removed == nil {
				continue
			}
			until := *in.Removed + results.OffsetOf(time.Second)
			switch {
			case s.Ended < *in.Injected || s.Started > until:
			case s.Outcome != results.OK:
				saw[in.Fault]["failures"] = true
			case s.Service() > time.Second:
				saw[in.Fault]["waits over 1 s"] = true
			case s.Started >= *in.Injected && s.Ended <= *in.Removed:
				services[in.Fault] = append(services[in.Fault], s.Service())
			}
		}
	}
	for fault := range saw {
		if fault != "" && len(services[fault]) > 0 && median(services[fault]) > median(services[""])+slower {
			saw[fault]["all slower"] = true
		}
	}
	return saw
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)/2]
}

func names(set map[string]bool) string {
	var all []string
	for name := range set {
		all = append(all, name)
	}
	slices.Sort(all)
	if len(all) == 0 {
		return "nothing"
	}
	return strings.Join(all, ", ")
}

// The harness and its guard are killed while a fault is in effect: Chaos Mesh ends
// it by its duration, doctor --sweep removes the resource, the run can be judged.
func TestKilledHarnessOnKubernetes(t *testing.T) {
	r := newRig(t, strings.NewReplacer("on-cluster", "killed", "SETUPS", "setup.yaml").Replace(strings.Split(onCluster, "faults:")[0])+`faults:
  - {name: ingress-slow, manifest: ../chaos/catalogue/ingress-slow.yaml, at: 5s, for: 8s}
warmup: 3s
seed: 3
`)
	wait(t, 30*time.Second, "the pods are ready", func() error {
		_, err := r.command(t, "plan", r.experiment).Output()
		return err
	})
	runs := filepath.Join(t.TempDir(), "runs")
	cmd := r.command(t, "run", "--results", runs, r.experiment)
	must(t, cmd.Start())
	wait(t, 90*time.Second, "the fault is in effect", func() error {
		now, err := r.cluster.InEffect()
		if err == nil && len(now) == 0 {
			err = errors.New("nothing is")
		}
		return err
	})
	guard := guardOf(t, cmd.Process.Pid)
	must(t, syscall.Kill(guard, syscall.SIGKILL))
	must(t, cmd.Process.Kill())
	_ = cmd.Wait() // killed
	killed := time.Now()
	wait(t, 20*time.Second, "Chaos Mesh has ended the fault", func() error {
		now, err := r.cluster.InEffect()
		if err == nil && len(now) > 0 {
			err = fmt.Errorf("in effect are %v", now)
		}
		return err
	})
	t.Logf("ended %s after the harness was killed", time.Since(killed).Round(100*time.Millisecond))
	out, err := r.command(t, "doctor", "--setup", r.setup, "--sweep").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "removed NetworkChaos shop/ingress-slow-") {
		t.Errorf("doctor --sweep: %v\n%s", err, out)
	}
	out, err = r.command(t, "doctor", "--setup", r.setup).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "0 faults were left") {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	out, err = r.command(t, "analyze", filepath.Join(runs, "killed", "latest")).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() == exitCannotRun) {
		t.Errorf("the run cannot be judged: %v\n%s", err, out)
	}
}

// guardOf finds the child of the harness that applies its faults.
func guardOf(t *testing.T, parent int) int {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	must(t, err)
	for _, e := range entries {
		var pid, of int
		if _, err := fmt.Sscanf(e.Name(), "%d", &pid); err != nil {
			continue
		}
		stat, err := os.ReadFile(filepath.Join("/proc", e.Name(), "stat"))
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		var state string
		if _, err := fmt.Sscanf(rest, "%s %d", &state, &of); err != nil || of != parent {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
		if err == nil && strings.Contains(string(line), "\x00guard\x00") {
			return pid
		}
	}
	t.Fatal("the harness has no guard")
	return 0
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a free port, nothing is served
	must(t, err)
	defer listener.Close()
	return listener.Addr().String()
}
