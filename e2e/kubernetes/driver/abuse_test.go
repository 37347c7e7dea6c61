//go:build kubernetes

package driver

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/internal/testing/eventually"
)

const slowAll = "action: delay\nmode: all\nselector: {labelSelectors: {app: postgres}}\ndelay: {latency: 40ms}\nduration: 60s"

// abuse is what somebody does to the cluster while a fault is in effect.
type abuse struct {
	do     func(t *testing.T, a *abused)
	repair func(t *testing.T, a *abused)
	lost   string // why the effect is lost, in the record; empty: it holds
	stays  string // why the fault could not be reverted before the repair; empty: it could
}

// abused is a fault in effect with what can be taken from it.
type abused struct {
	namespace string
	session   *chaos.Session
	fault     chaos.Bounded
	cut       *atomic.Bool // no way to the API server
}

// until reads the fault until its error is one.
func (a *abused) until(t *testing.T, what string, is func(error) bool) (last error) {
	t.Helper()
	eventually.True(t, 40*time.Second, what, func() bool { last = a.fault.Within(t.Context()); return is(last) })
	return last
}

func abuses() map[string]abuse {
	deletePods := func(t *testing.T, a *abused) {
		must(t, whole.Client.DeleteAllOf(t.Context(), &corev1.Pod{}, client.InNamespace(a.namespace), client.GracePeriodSeconds(0)))
	}
	cut := func(gone bool) func(*testing.T, *abused) {
		return func(_ *testing.T, a *abused) { a.cut.Store(gone) }
	}
	return map[string]abuse{
		"a pod is deleted": {do: deletePods, lost: "no longer exists"},
		"scaled to none": {do: func(t *testing.T, a *abused) {
			must(t, whole.Client.Patch(t.Context(), &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "postgres", Namespace: a.namespace}},
				client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"replicas":0}}`))))
		}, lost: "pod "},
		"somebody deletes the resource": {do: func(t *testing.T, a *abused) {
			must(t, whole.Client.DeleteAllOf(t.Context(), &v1alpha1.NetworkChaos{}, client.InNamespace(a.namespace)))
		}, lost: "deleted"},
		"the controller is away": {
			do:     func(t *testing.T, _ *abused) { must(t, whole.Kill("chaos-controller")) },
			repair: func(t *testing.T, _ *abused) { must(t, whole.StartController(t.Context())) },
			stays:  "Chaos Mesh",
		},
		"the API server is away": {do: cut(true), repair: cut(false), stays: "the API server at "},
		"the right is revoked": {
			do: func(t *testing.T, a *abused) {
				must(t, whole.Client.Delete(t.Context(), &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "odoo-harness", Namespace: a.namespace}}))
				a.until(t, "the right is gone", apierrors.IsForbidden)
			},
			repair: func(t *testing.T, a *abused) {
				must(t, whole.Client.Create(t.Context(), &rbacv1.RoleBinding{
					ObjectMeta: metav1.ObjectMeta{Name: "odoo-harness", Namespace: a.namespace},
					Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: "odoo-harness", Namespace: a.namespace}},
					RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: "odoo-harness"},
				}))
			},
			stays: "the account is not permitted to do this (403)",
		},
		"the token is revoked": {
			do: func(t *testing.T, a *abused) {
				must(t, whole.Client.Delete(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "odoo-harness", Namespace: a.namespace}}))
				a.until(t, "the token is refused", apierrors.IsUnauthorized)
			},
			stays: "refuses the credentials (401)",
		},
	}
}

// After each abuse nothing stays in a pod, and the record of the fault names the true cause.
func TestAbuseIsNamedAndNothingStays(t *testing.T) {
	for name, test := range abuses() {
		t.Run(name, func(t *testing.T) {
			a := inEffect(t, "abuse-"+strings.ReplaceAll(strings.ToLower(name), " ", "-"))
			test.do(t, a)
			if test.lost != "" {
				lost := a.until(t, "the loss is noticed", func(err error) bool { return errors.Is(err, chaos.ErrLost) })
				if !strings.Contains(lost.Error(), test.lost) {
					t.Errorf("lost: %v, want %q", lost, test.lost)
				}
				t.Logf("%v", lost)
			}
			err := a.session.Recover(t.Context())
			if (err == nil) != (test.stays == "") || err != nil && !strings.Contains(err.Error(), test.stays) {
				t.Errorf("recover: %v, want %q", err, test.stays)
			}
			t.Logf("recover: %v", err)
			if test.repair != nil {
				test.repair(t, a)
				eventually.Nil(t, 30*time.Second, "it is reverted after the repair", func() error { return a.session.Recover(t.Context()) })
			} else if err != nil { // nobody can repair it for this account: another one sweeps
				sweep(t, a.namespace)
			}
			nothingLeft(t, whole)
		})
	}
}

// sweep does what doctor --sweep does on another machine, as an administrator.
func sweep(t *testing.T, namespace string) {
	t.Helper()
	d := driver(whole.Client, namespace, "postgres")
	left, err := d.Sweep(t.Context())
	if err != nil || len(left) == 0 {
		t.Errorf("swept %v, %v", left, err)
	}
}

// inEffect is a delay on two pods, by an account with the roles of init --rbac.
func inEffect(t *testing.T, namespace string) *abused {
	t.Helper()
	shop(t, whole, namespace, "postgres")
	a := &abused{namespace: namespace, cut: &atomic.Bool{}}
	d := driver(cuttable(t, namespace, a.cut), namespace, "postgres")
	d.PID = 1 << 30 // of no process, so that a sweep takes the run for dead
	m, err := manifest.Parse("fault.yaml", []byte(mark("NetworkChaos", "slow", slowAll)))
	must(t, err)
	roles, err := mesh.Roles(d.NeedsOf([]chaos.Manifest{m}), "odoo-harness", namespace)
	must(t, err)
	must(t, whole.Apply(t.Context(), "", roles))
	var targets []chaos.Component
	eventually.Nil(t, 30*time.Second, "the API server knows the roles", func() (err error) {
		targets, err = d.Check(t.Context(), m)
		return err
	})
	fault, err := d.Fault(m, targets)
	must(t, err)
	bounded, ok := fault.(chaos.Bounded)
	if !ok {
		t.Fatal("nobody reads the fault while it lasts")
	}
	a.session, a.fault = newSession(fault), bounded
	must(t, errors.Join(a.session.Prepare(t.Context()), a.session.Inject(t.Context()), a.session.InEffect(t.Context())))
	return a
}

// cuttable is a client of the ServiceAccount whose connections end while cut is set.
func cuttable(t *testing.T, namespace string, cut *atomic.Bool) client.Client {
	t.Helper()
	config := configAs(t, whole, namespace, "odoo-harness")
	config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &cutConn{Conn: conn, cut: cut}, nil
	}
	c, err := mesh.Connect(config)
	must(t, err)
	return c
}

// cutConn is a connection that breaks at the next write while cut is set.
type cutConn struct {
	net.Conn
	cut *atomic.Bool
}

func (c *cutConn) Write(p []byte) (int, error) {
	if c.cut.Load() {
		_ = c.Close()
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: errors.New("connection reset by peer")}
	}
	return c.Conn.Write(p)
}
