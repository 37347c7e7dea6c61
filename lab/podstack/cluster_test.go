//go:build kubernetes

package podstack

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/internal/lines"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/testenv/cluster"
)

// On a real API server: everything that a lab is made of is accepted, also a second
// time; a namespace of somebody else is refused; pods get names where no DNS
// has them; and down removes what has the lab's labels, and nothing else.
func TestKubernetesLabComesAndGoes(t *testing.T) {
	c := cluster.StartFor(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.Namespace(t.Context(), "odoo-lab-here-t2")) // somebody else's, by name only
	l := testLab("dedicated", 5000)                    // more than the node has: its pods wait
	stacks, err := l.Stacks()
	must(err)
	for range 2 {
		must(l.apply(t.Context(), c.Client, stacks[0], true))
	}
	if err := l.apply(t.Context(), c.Client, stacks[1], true); err == nil || !strings.Contains(err.Error(), "not of lab here") {
		t.Errorf("a namespace of somebody else: %v", err)
	}
	must(l.apply(t.Context(), c.Client, stacks[2], false))
	var odoo appsv1.Deployment
	must(c.Client.Get(t.Context(), client.ObjectKey{Namespace: stacks[0].Namespace, Name: "odoo"}, &odoo))
	aliases := odoo.Spec.Template.Spec.HostAliases
	if len(aliases) != 5 || aliases[0].Hostnames[1] != "carrier.odoo-lab-here-t1" || aliases[0].IP == "" {
		t.Errorf("names in the pods' files: %v", aliases)
	}
	eventually.Nil(t, time.Minute, "what is waited for is named", func() error {
		waiting, err := unready(t.Context(), c.Client, stacks[0].Namespace)
		if err == nil && !strings.Contains(waiting, "odoo (0/1 nodes are available") {
			err = errors.New(waiting)
		}
		return err
	})
	eventually.Nil(t, time.Minute, "all pods are made and listed", func() error {
		parts, err := List(t.Context(), c.Client)
		if err == nil && (len(parts) != 12 || parts[0].Lab != "here" || parts[0].Component != "t1/carrier" || parts[0].Ready) {
			err = fmt.Errorf("the list has %v", parts)
		}
		return err
	})

	must(c.Client.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "mine", Namespace: "odoo-lab-here-t2"}}))
	must(Down(t.Context(), c.Client, "here", lines.Logger(func(line string) { t.Log(line) })))
	var left corev1.NamespaceList
	must(c.Client.List(t.Context(), &left))
	for _, n := range left.Items {
		if n.Labels[LabLabel] != "" {
			t.Errorf("namespace %s is left", n.Name)
		}
	}
	must(c.Client.Get(t.Context(), client.ObjectKey{Namespace: "odoo-lab-here-t2", Name: "mine"}, &corev1.ConfigMap{}))
	if err := Down(t.Context(), c.Client, "here", slog.New(slog.DiscardHandler)); !errors.Is(err, ErrNotUp) {
		t.Errorf("down again: %v", err)
	}
}
