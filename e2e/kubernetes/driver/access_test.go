//go:build kubernetes

package driver

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/testenv/cluster"
)

// as returns a client with the token of a ServiceAccount.
func as(t *testing.T, c *cluster.Cluster, namespace, name string) client.Client {
	t.Helper()
	asAccount, err := mesh.Connect(configAs(t, c, namespace, name))
	must(t, err)
	return asAccount
}

// configAs creates a ServiceAccount and returns the access with its token.
func configAs(t *testing.T, c *cluster.Cluster, namespace, name string) *rest.Config {
	t.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace}}
	if err := c.Client.Create(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	token := &authenticationv1.TokenRequest{}
	if err := c.Client.SubResource("token").Create(t.Context(), account, token); err != nil {
		t.Fatal(err)
	}
	config := rest.AnonymousClientConfig(c.Config)
	config.BearerToken, config.QPS, config.Burst = token.Status.Token, 100, 200
	return config
}

// For a real ServiceAccount without permissions, the error lists all that is missing. With
// the printed roles applied as they are, the fault runs.
func TestPermissionsAreListedAndGranted(t *testing.T) {
	shop(t, whole, "access", "postgres")
	account := as(t, whole, "access", "odoo-harness")
	text := mark("NetworkChaos", "slow",
		"action: delay\nmode: all\nselector: {labelSelectors: {app: postgres}}\ndelay: {latency: 40ms}\nduration: 30s")
	// Checked as an administrator: the account may not even list pods.
	s, m := session(t, driver(whole.Client, "access", "postgres"), text)
	d := driver(account, "access", "postgres")
	targets, err := driver(whole.Client, "access", "postgres").Check(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	fault, err := d.Fault(m, targets)
	if err != nil {
		t.Fatal(err)
	}
	err = fault.Prepare(t.Context())
	for _, want := range []string{
		"create, delete, get, list, patch networkchaos.chaos-mesh.org", "get, list pods", "list podnetworkchaos", "get namespaces", "get, update leases", "kind: Role\n",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if err == nil {
		t.Fatal("it was permitted")
	}
	roles, err := mesh.Roles(d.Needs(), "odoo-harness", "access")
	if err != nil {
		t.Fatal(err)
	}
	must(t, whole.Apply(t.Context(), "", roles))
	eventually.Nil(t, 30*time.Second, "the API server knows the roles", func() error {
		_, err := d.Check(t.Context(), m)
		return err
	})
	s, _ = session(t, d, text)
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context()),
		s.Recover(t.Context()), s.Recovered(t.Context()), s.Close(t.Context())); err != nil {
		t.Error(err)
	}
	nothingLeft(t, whole)
}

// Chaos Mesh itself refuses who may create faults in his own namespace, but not in
// the one that he would hit.
func TestChaosMeshRefusesForeignNamespaces(t *testing.T) {
	shop(t, whole, "victim", "postgres")
	if err := whole.Namespace(t.Context(), "intruder"); err != nil {
		t.Fatal(err)
	}
	account := as(t, whole, "intruder", "odoo-harness")
	own := driver(whole.Client, "intruder", "postgres")
	roles, err := mesh.Roles(own.Needs(), "odoo-harness", "intruder")
	if err != nil {
		t.Fatal(err)
	}
	must(t, whole.Apply(t.Context(), "", roles))
	d := driver(account, "intruder", "postgres")
	d.Namespaces = []string{"victim"}
	r := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "chaos-mesh.org/v1alpha1", "kind": "PodChaos",
		"metadata": map[string]any{"name": "reach", "namespace": "intruder"},
		"spec": map[string]any{"action": "pod-kill", "mode": "all", "selector": map[string]any{
			"namespaces": []any{"victim"}, "labelSelectors": map[string]any{"app": "postgres"},
		}},
	}}
	eventually.Nil(t, 30*time.Second, "it is refused, once the API server knows the roles", func() error {
		err := account.Create(t.Context(), r.DeepCopy())
		if err == nil {
			t.Fatal("Chaos Mesh accepted a fault on a foreign namespace")
		}
		if !strings.Contains(err.Error(), "is forbidden on namespace victim") {
			return fmt.Errorf("got: %w", err)
		}
		return nil
	})
	missing, err := d.Missing(t.Context(), d.Needs())
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, n := range missing {
		found = found || n.Namespace == "victim" && n.Resource == "podchaos"
	}
	if !found {
		t.Errorf("the harness would not have said so beforehand: %v", missing)
	}
}
