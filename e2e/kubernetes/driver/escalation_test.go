//go:build kubernetes

package driver

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/internal/testing/eventually"
)

// catalogueFaults are the manifests of Chaos Mesh's kinds in the catalogue, short.
func catalogueFaults(t *testing.T) []chaos.Manifest {
	t.Helper()
	var faults []chaos.Manifest
	must(t, fs.WalkDir(chaos.Catalogue(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(chaos.Catalogue(), path)
		if err != nil {
			return err
		}
		m, err := manifest.Parse(path, raw)
		if err == nil && strings.Contains(string(raw), "apiVersion: chaos-mesh.org/") {
			faults = append(faults, m)
		}
		return err
	}))
	return faults
}

func applicationOf(name string) map[string]string {
	return map[string]string{"app.kubernetes.io/part-of": "odoo-lab", "app.kubernetes.io/name": name}
}

// victims deploys a pod for each component that the catalogue selects.
func victims(t *testing.T, namespace string) (components []mesh.Component) {
	t.Helper()
	names := []string{"postgresql", "postgresql-standby", "pgbouncer", "redis", "ingress", "odoo", "carrier"}
	for _, name := range names {
		one, grace := int32(1), int64(1)
		must(t, whole.Client.Create(t.Context(), &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace},
			Spec: appsv1.DeploymentSpec{Replicas: &one, Selector: &metav1.LabelSelector{MatchLabels: applicationOf(name)},
				Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: applicationOf(name)}, Spec: corev1.PodSpec{
					TerminationGracePeriodSeconds: &grace,
					Containers:                    []corev1.Container{{Name: "server", Image: "proc.local/" + name, Command: []string{"sleep", "3600"}}},
				}}},
		}))
		components = append(components, mesh.Component{Component: chaos.Component{
			Name: "shared/" + name, Kind: kindOf(name), Labels: applicationOf(name),
		}})
	}
	ready(t, whole, namespace, len(names))
	return components
}

// With the ServiceAccount of init --rbac every fault of the catalogue works, and nothing
// else does: each escalation is refused.
func TestLeastPrivilege(t *testing.T) {
	const namespace = "least"
	faults := catalogueFaults(t)
	shop(t, whole, namespace)
	components := victims(t, namespace)
	must(t, whole.Namespace(t.Context(), "neighbour"))
	account := as(t, whole, namespace, "odoo-harness")
	d := driver(account, namespace)
	d.Components = components
	roles, err := mesh.Roles(d.NeedsOf(faults), "odoo-harness", namespace)
	must(t, err)
	must(t, whole.Apply(t.Context(), "", roles))
	eventually.Nil(t, 30*time.Second, "the API server knows the roles", func() error {
		return d.Whole(t.Context(), d.NeedsOf(faults))
	})
	for _, m := range faults {
		t.Run(m.Name, func(t *testing.T) { worksWith(t, d, m) })
	}
	nothingLeft(t, whole)
	escalations(t, account, namespace)
	release, err := d.Acquire(t.Context())
	must(t, err)
	second := driver(account, namespace)
	second.Run = "t2"
	if _, err := second.Acquire(t.Context()); !errors.Is(err, mesh.ErrInUse) || !strings.Contains(err.Error(), "run t1 on here") {
		t.Errorf("a second run: %v, want it refused with the name of the first", err)
	}
	release(t.Context())
}

// worksWith takes a fault through its life.
func worksWith(t *testing.T, d *mesh.Driver, m chaos.Manifest) {
	ready(t, whole, d.Namespace, len(d.Components))
	targets, err := d.Check(t.Context(), m)
	must(t, err)
	fault, err := d.Fault(m, targets)
	must(t, err)
	s := newSession(fault)
	if err := errors.Join(s.Prepare(t.Context()), s.Inject(t.Context()), s.InEffect(t.Context())); err != nil {
		t.Error(err)
	}
	if err := errors.Join(s.Recover(t.Context()), s.Recovered(t.Context()), s.Close(t.Context())); err != nil {
		t.Error(err)
	}
}

// escalations tries what a thief of the account's token would.
func escalations(t *testing.T, account client.Client, namespace string) {
	t.Helper()
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "of-another-team", Namespace: namespace}, StringData: map[string]string{"k": "v"}}
	must(t, whole.Client.Create(t.Context(), secret))
	rules := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "chaos-mesh.org/v1alpha1", "kind": "PodNetworkChaos",
		"metadata": map[string]any{"name": "victim", "namespace": namespace},
		"spec":     map[string]any{"iptables": []any{map[string]any{"name": "x", "ipsets": []any{}, "direction": "input", "source": "x"}}},
	}}
	admin := rules.DeepCopy()
	admin.SetName("existing")
	must(t, whole.Client.Create(t.Context(), admin))
	podOf := func(change func(*corev1.PodSpec)) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "evil", Namespace: namespace},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "proc.local/x"}}}}
		change(&p.Spec)
		return p
	}
	yes, template := true, func(entry map[string]any) map[string]any {
		entry["name"], entry["deadline"] = "entry", "10s"
		return map[string]any{"entry": "entry", "templates": []any{entry}}
	}
	task := template(map[string]any{"templateType": "Task", "task": map[string]any{
		"container": map[string]any{"name": "c", "image": "x", "command": []any{"id"}}}})
	kill := map[string]any{"action": "pod-kill", "mode": "all", "selector": map[string]any{"labelSelectors": map[string]any{"a": "b"}}}
	elsewhere := map[string]any{"action": "pod-kill", "mode": "all", "selector": map[string]any{
		"namespaces": []any{"neighbour"}, "labelSelectors": map[string]any{"a": "b"}}}
	schedule := func(kind, field string, spec map[string]any) map[string]any {
		return map[string]any{"schedule": "@every 5s", "historyLimit": int64(1), "concurrencyPolicy": "Forbid", "type": kind, field: spec}
	}
	create := func(o client.Object) func(context.Context) error {
		return func(ctx context.Context) error { return account.Create(ctx, o) }
	}
	chaosOf := func(kind string, spec map[string]any) func(context.Context) error {
		r := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "chaos-mesh.org/v1alpha1", "kind": kind,
			"metadata": map[string]any{"name": "evil", "namespace": namespace}, "spec": spec}}
		return create(r)
	}
	for name, try := range map[string]func(context.Context) error{
		"a Task":               chaosOf("Workflow", task),
		"a StatusCheck":        chaosOf("Workflow", template(map[string]any{"templateType": "StatusCheck"})),
		"a Schedule of a Task": chaosOf("Schedule", schedule("Workflow", "workflow", task)),
		"a Schedule of a kill": chaosOf("Schedule", schedule("PodChaos", "podChaos", kill)),
		"a cloud fault":        chaosOf("AWSChaos", map[string]any{"action": "ec2-stop", "awsRegion": "x", "ec2Instance": "i"}),
		"a physical machine":   chaosOf("PhysicalMachineChaos", map[string]any{"action": "process", "mode": "all", "address": []any{"x"}}),
		"pods of another team": chaosOf("PodChaos", elsewhere),
		"a pod with hostPath": create(podOf(func(s *corev1.PodSpec) {
			s.Volumes = []corev1.Volume{{Name: "h", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}}}
		})),
		"a privileged pod": create(podOf(func(s *corev1.PodSpec) { s.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: &yes} })),
		"another Secret": func(ctx context.Context) error {
			return account.Get(ctx, client.ObjectKeyFromObject(secret), &corev1.Secret{})
		},
		"all Secrets": func(ctx context.Context) error {
			return account.List(ctx, &corev1.SecretList{}, client.InNamespace(namespace))
		},
		"Secrets of kube-system": func(ctx context.Context) error {
			return account.List(ctx, &corev1.SecretList{}, client.InNamespace("kube-system"))
		},
		"pods of another space": func(ctx context.Context) error {
			return account.List(ctx, &corev1.PodList{}, client.InNamespace("neighbour"))
		},
		"rules for a pod":         create(rules),
		"rules of a pod, changed": func(ctx context.Context) error { return account.Update(ctx, admin.DeepCopy()) },
		"a token of another": func(ctx context.Context) error {
			return account.SubResource("token").Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default", Namespace: namespace}}, &authenticationv1.TokenRequest{})
		},
		"a role of its own": create(&rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "evil", Namespace: namespace},
			RoleRef: rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "admin"}}),
		"more in its own role": func(ctx context.Context) error {
			return account.Patch(ctx, &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "odoo-harness", Namespace: namespace}},
				client.RawPatch(types.MergePatchType, []byte(`{"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}`)))
		},
		"another namespace": create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "evil"}}),
		"the label of its own": func(ctx context.Context) error {
			return account.Patch(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":{"env":"x"}}}`)))
		},
		"a pod, deleted directly": func(ctx context.Context) error {
			return account.Delete(ctx, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: namespace}})
		},
	} {
		err := try(t.Context())
		if !apierrors.IsForbidden(err) && (err == nil || !strings.Contains(err.Error(), "is forbidden on namespace")) {
			t.Errorf("%s is not refused: %v", name, err)
		}
	}
	must(t, whole.Client.Delete(t.Context(), admin))
}
