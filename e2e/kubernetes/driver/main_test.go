//go:build kubernetes

package driver

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/results"
	"example.org/odooharness/testenv/cluster"
)

// whole is a cluster with all of Chaos Mesh, shared by the tests of this package. When it
// runs containers, make e2e-kubernetes selects the tests for these.
var whole *cluster.Cluster

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	ctx := context.Background()
	if nodelab := os.Getenv("HARNESS_NODELAB"); nodelab != "" {
		return runOnNode(ctx, m, nodelab)
	}
	var err error
	if whole, err = cluster.Start(ctx); err == nil {
		defer func() {
			if err := whole.Stop(); err != nil {
				fmt.Fprintln(os.Stderr, "stop the cluster:", err)
				code = 1
			}
		}()
		if err = whole.InstallChaosMesh(ctx); err == nil {
			err = whole.InstallNames(ctx)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "start the cluster:", err)
		return 1
	}
	return m.Run()
}

// shop makes a namespace with a Deployment for each component, of two pods each.
func shop(t *testing.T, c *cluster.Cluster, name string, components ...string) {
	t.Helper()
	if err := c.Namespace(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if err := c.Client.Delete(context.Background(), ns); err != nil {
			t.Error(err)
		}
	})
	for _, component := range components {
		deploy(t, c, name, component, 2)
	}
	ready(t, c, name, 2*len(components))
}

func deploy(t *testing.T, c *cluster.Cluster, namespace, component string, replicas int32) {
	t.Helper()
	labels := map[string]string{"app": component}
	grace := int64(1)
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: component, Namespace: namespace},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: &grace,
					Containers: []corev1.Container{{
						Name: "main", Image: "proc.local/" + component, Command: []string{"sleep", "3600"},
					}},
				},
			},
		},
	}
	if err := c.Client.Create(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func ready(t *testing.T, c *cluster.Cluster, namespace string, want int) {
	t.Helper()
	eventually.Nil(t, 30*time.Second, fmt.Sprintf("%d pods of %s are ready", want, namespace), func() error {
		var pods corev1.PodList
		if err := c.Client.List(t.Context(), &pods, client.InNamespace(namespace)); err != nil {
			return err
		}
		count := 0
		var states []string
		for _, p := range pods.Items {
			states = append(states, fmt.Sprintf("%s %s", p.Name, p.Status.Phase))
			for _, condition := range p.Status.Conditions {
				if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue && p.DeletionTimestamp == nil {
					count++
				}
			}
		}
		if count != want {
			return fmt.Errorf("%d are: %v", count, states)
		}
		return nil
	})
}

func driver(c client.Client, namespace string, components ...string) *mesh.Driver {
	o := mesh.Options{
		Client: c, Namespace: namespace, Namespaces: []string{namespace}, MeshNamespace: cluster.MeshNamespace,
		Run: "t1", Host: "here", PID: os.Getpid(), Stuck: 5 * time.Second,
	}
	for _, name := range components {
		o.Components = append(o.Components, mesh.Component{Component: chaos.Component{
			Name: "shared/" + name, Kind: kindOf(name), Labels: map[string]string{"app": name},
		}})
	}
	return mesh.New(o)
}

func kindOf(component string) results.Kind {
	if component == "web" {
		return results.KindIngress
	}
	return results.Kind(component)
}

// session makes a session for a manifest, with what it would hit checked first.
func session(t *testing.T, d *mesh.Driver, text string) (*chaos.Session, chaos.Manifest) {
	t.Helper()
	m, err := manifest.Parse("fault.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if m.Kind == "Schedule" {
		m.Duration = 20 * time.Second // as an experiment gives it
	}
	targets, err := d.Check(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	fault, err := d.Fault(m, targets)
	if err != nil {
		t.Fatal(err)
	}
	base := time.Now()
	return chaos.NewSession(fault, chaos.Options{
		Clock: func() results.Offset { return results.OffsetOf(time.Since(base)) },
	}), m
}

// mark is a chaos-mesh manifest of a kind, around its spec.
func mark(kind, name, spec string) string {
	return "apiVersion: chaos-mesh.org/v1alpha1\nkind: " + kind + "\nmetadata:\n  name: " + name +
		"\n  annotations: {odoo-harness/class: database}\nspec:\n" + indent(spec)
}

func indent(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return "  " + strings.Join(lines, "\n  ") + "\n"
}

// nothingLeft fails when the daemon still holds something in effect.
func nothingLeft(t *testing.T, c *cluster.Cluster) {
	t.Helper()
	eventually.Nil(t, 15*time.Second, "the daemon has taken everything back", func() error {
		left, err := c.InEffect()
		if err != nil {
			return err
		}
		if len(left) > 0 {
			return fmt.Errorf("in effect are %v", left)
		}
		return nil
	})
}

// newSession is a session whose recovery gives up soon, for tests that prevent it.
func newSession(fault chaos.Fault) *chaos.Session {
	base := time.Now()
	return chaos.NewSession(fault, chaos.Options{
		Clock: func() results.Offset { return results.OffsetOf(time.Since(base)) }, CleanUp: 10 * time.Second,
	})
}
