//go:build kubernetes

package kubernetes

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"example.org/odooharness/e2e/rig"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/lab"
	"example.org/odooharness/testenv/cluster"
)

// labels are those that the catalogue selects by.
func labels(component string) map[string]string {
	return map[string]string{"app.kubernetes.io/part-of": "odoo-lab", "app.kubernetes.io/name": component}
}

const shopNamespace = "shop"

// podsOf starts the embedded target's Odoo and ingress a second time, as pods, and returns
// the address of the ingress.
func podsOf(t *testing.T, c *cluster.Cluster, state string) (address string) {
	t.Helper()
	rig.Must(t, c.Namespace(t.Context(), shopNamespace))
	odoo, address := podAddress(t), podAddress(t)
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
		rig.Must(t, err)
		file := filepath.Join(dir, name+".json")
		rig.Must(t, os.WriteFile(file, raw, 0o600))
		command, at := "ingress", address
		if name == "odoo" {
			command, at = "embedded-odoo", odoo
		}
		deployment(t, c, name, at, command, file)
	}
	return address
}

// podAddress is one at which a pod can listen, also when it is started again.
func podAddress(t *testing.T) string {
	t.Helper()
	port, err := cluster.FreePort("127.0.0.1")
	rig.Must(t, err)
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
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
	rig.Must(t, err)
	if config["listen"] == nil {
		t.Fatalf("the lab in %s has no %s.json", state, name)
	}
	return config
}

func deployment(t *testing.T, c *cluster.Cluster, name, at, command, config string) {
	t.Helper()
	self, err := os.Executable()
	rig.Must(t, err)
	_, port, err := net.SplitHostPort(at)
	rig.Must(t, err)
	one, grace := int32(1), int64(1)
	rig.Must(t, c.Client.Create(t.Context(), &appsv1.Deployment{
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
	tenants, env := rig.TenantLines(target, address)
	b.WriteString(tenants)
	b.WriteString("components:\n")
	for _, kind := range []string{"odoo", "ingress"} {
		fmt.Fprintf(&b, "  - {name: shared/%s, kind: %s, labels: {app.kubernetes.io/name: %s, app.kubernetes.io/part-of: odoo-lab}}\n", kind, kind, kind)
	}
	for _, component := range target.Components {
		switch component.Kind {
		case "postgres":
			secret.StringData["dsn"] = component.DSN.Reveal()
			b.WriteString("  - {name: shared/postgres, kind: postgres, labels: {app.kubernetes.io/name: postgresql, app.kubernetes.io/part-of: odoo-lab}, secret: {name: odoo-credentials, key: dsn}}\n")
		case "redis":
			secret.StringData["url"] = component.URL.Reveal()
			b.WriteString("  - {name: shared/redis, kind: redis, labels: {app.kubernetes.io/name: redis, app.kubernetes.io/part-of: odoo-lab}, secret: {name: odoo-credentials, key: url}}\n")
		}
	}
	fmt.Fprintf(&b, "chaos: {driver: chaos-mesh, kubeconfig: %s, namespace: %s, maxPods: 1, allow: [\"*\"]}\n", c.Kubeconfig, shopNamespace)
	rig.Must(t, c.Client.Create(t.Context(), secret))
	return b.String(), env
}

// world is a cluster with the target in it, and the experiment.
type world struct {
	cluster    *cluster.Cluster
	state      string
	experiment string
	setup      string
	env        []string
}

func newWorld(t *testing.T, experiment string) *world {
	t.Helper()
	c := cluster.StartFor(t)
	rig.Must(t, c.InstallChaosMesh(t.Context()))
	w := &world{cluster: c, experiment: rig.Workspace(t, "3s"), state: rig.StateDir(t)}
	target := rig.Staging(t, w.state)
	file, env := clusterSetup(t, c, target, shaped(t, c, podsOf(t, c, w.state)))
	w.env, w.setup = env, filepath.Join(filepath.Dir(w.experiment), "setup.yaml")
	rig.Must(t, os.WriteFile(w.experiment, []byte(experiment), 0o600))
	rig.Must(t, os.WriteFile(w.setup, []byte(file), 0o600))
	eventually.Nil(t, time.Minute, "the pods serve", func() error {
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
	return w
}

func (w *world) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := rig.Command(t.Context(), t, w.state, args...)
	cmd.Env = append(cmd.Env, w.env...)
	return cmd
}
