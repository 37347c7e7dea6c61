//go:build kubernetes

package driver

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/internal/lines"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/testenv/cluster"
)

// Chaos Mesh is missing, half installed, without its controller or without its daemon: the
// message names which, and what to do.
func TestMessagesOfIncompleteClusters(t *testing.T) {
	t.Parallel() // it mostly waits; the walks have another cluster
	c := cluster.StartFor(t)
	shop(t, c, "shop", "postgres")
	slow := mark("NetworkChaos", "slow",
		"action: delay\nmode: all\nselector: {labelSelectors: {app: postgres}}\ndelay: {latency: 40ms}\nduration: 20s")
	prepare := func() error {
		s, _ := session(t, driver(fresh(t, c), "shop", "postgres"), slow)
		return errors.Join(s.Prepare(t.Context()), s.Close(t.Context()))
	}
	names := func(err error, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%q is not in: %v", part, err)
			}
		}
		t.Logf("error: %v", err)
	}
	names(prepare(), "is not installed in this cluster", "helm install chaos-mesh")

	must(t, c.InstallKinds(t.Context()))
	names(prepare(), "half installed", "install the whole chart again")

	must(t, c.InstallWebhooks(t.Context()))
	names(prepare(), "controller manager is down", "chaos-controller-manager in namespace chaos-mesh")

	must(t, c.StartController(t.Context()))
	names(prepare(), "needs a chaos-daemon next to the pod", "DaemonSet chaos-daemon")

	must(t, c.StartDaemon(t.Context()))
	if err := prepare(); err != nil {
		t.Errorf("a whole cluster is refused: %v", err)
	}
	t.Run("the daemon goes while the fault is in effect", func(t *testing.T) { daemonGoes(t, c, slow) })
	t.Run("the controller goes before the injection", func(t *testing.T) { controllerGoes(t, c, slow) })
	t.Run("kinds older than the controller", func(t *testing.T) { versionSkew(t, c, slow) })
}

// fresh is a client that has not read the kinds of the cluster yet.
func fresh(t *testing.T, c *cluster.Cluster) client.Client {
	t.Helper()
	known, err := mesh.Connect(c.Config)
	must(t, err)
	return known
}

func daemonGoes(t *testing.T, c *cluster.Cluster, text string) {
	d := driver(c.Client, "shop", "postgres")
	var said []string
	d.Log = lines.Logger(func(text string) { said = append(said, text) })
	s, _ := session(t, d, text)
	must(t, errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())))
	must(t, c.RemoveDaemon(t.Context()))
	must(t, errors.Join(s.Recover(t.Context()), s.Close(t.Context())))
	report := strings.Join(said, "\n")
	if !strings.Contains(report, "finalizers were removed") {
		t.Errorf("reported was %q", report)
	}
	t.Logf("reported: %s", report)
	// The restarted daemon receives an empty set of rules.
	must(t, c.StartDaemon(t.Context()))
	nothingLeft(t, c)
}

// controllerGoes loses the controller between the checks and the injection.
func controllerGoes(t *testing.T, c *cluster.Cluster, text string) {
	d := driver(c.Client, "shop", "postgres")
	s, _ := session(t, d, text)
	must(t, s.Prepare(t.Context()))
	must(t, c.Kill("chaos-controller"))
	err := s.Inject(t.Context())
	if err == nil || !strings.Contains(err.Error(), "controller manager is down") {
		t.Errorf("got %v", err)
	}
	must(t, c.StartController(t.Context()))
	must(t, s.Close(t.Context()))
}

// versionSkew removes the field that the controller's webhook sets. The API server prunes
// the field and refuses the controller's updates, so that the status stays empty.
func versionSkew(t *testing.T, c *cluster.Cluster, text string) {
	skewed := &unstructured.Unstructured{}
	skewed.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	must(t, c.Client.Get(t.Context(), client.ObjectKey{Name: "networkchaos.chaos-mesh.org"}, skewed))
	drop(skewed.Object)
	must(t, c.Client.Update(t.Context(), skewed))
	eventually.Nil(t, 20*time.Second, "the API server prunes by the new schema", func() error {
		tried := documents(t, []byte(text))[0]
		tried.SetNamespace("shop")
		if err := c.Client.Create(t.Context(), tried, client.DryRunAll); err != nil {
			return err
		}
		_, kept, err := unstructured.NestedFieldNoCopy(tried.Object, "spec", "partitionBehavior")
		if kept {
			return errors.New("spec.partitionBehavior is still kept")
		}
		return err
	})
	s, _ := session(t, driver(c.Client, "shop", "postgres"), text)
	must(t, errors.Join(s.Prepare(t.Context()), s.Inject(t.Context())))
	err := s.InEffect(t.Context())
	if err == nil || !strings.Contains(err.Error(), "CRDs are of another version than the controller") {
		t.Errorf("got %v", err)
	}
	t.Logf("error: %v", err)
	must(t, s.Close(context.WithoutCancel(t.Context())))
}

// drop removes the field from every schema below the node.
func drop(node any) {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			drop(child)
		}
	case map[string]any:
		delete(node, "partitionBehavior")
		for _, child := range node {
			drop(child)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
