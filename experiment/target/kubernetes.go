package target

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
	"example.org/odooharness/telemetry"
)

// meshDriver connects to the setup's cluster. The credentials of components are
// read from their Secrets when secrets is set: a plan needs none.
func meshDriver(ctx context.Context, s spec.Setup, secrets bool, log *slog.Logger) (*mesh.Driver, error) {
	config, name, err := mesh.Config(s.Chaos.Kubeconfig, s.Chaos.Context)
	if err != nil {
		return nil, err
	}
	if spec.IsProduction(name) && s.AllowProduction != s.Name {
		return nil, fmt.Errorf("the kubeconfig's current context %s is production by its name; name another in %s (chaos.context)",
			name, s.Path)
	}
	c, err := mesh.Connect(config)
	if err != nil {
		return nil, err
	}
	if err := refuseProduction(ctx, c, s); err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	owner, err := podOwner(ctx, c, s)
	if err != nil {
		return nil, err
	}
	o := mesh.Options{
		Client: c, Namespace: s.Chaos.Namespace, Namespaces: s.AllowedNamespaces(), MaxPods: s.Chaos.MaxPods,
		MeshNamespace: s.Chaos.MeshNamespace, Experiment: s.Run, Host: host, PID: os.Getpid(), Owner: owner, Log: log,
	}
	for _, entry := range s.Components {
		if !s.Allows(entry.Name) {
			continue
		}
		part, err := meshComponent(ctx, c, s, entry, secrets)
		if err != nil {
			return nil, err
		}
		o.Components = append(o.Components, part)
	}
	return mesh.New(o), nil
}

func meshComponent(ctx context.Context, c client.Client, s spec.Setup, entry spec.ComponentEntry,
	secrets bool) (mesh.Component, error) {
	part := mesh.Component{
		Component: component(s, entry), Namespaces: entry.Namespaces,
		DSN: secret.Text(os.Getenv(entry.DSNEnv)), RedisURL: secret.Text(os.Getenv(entry.URLEnv)),
	}
	if entry.Secret == nil {
		return part, nil
	}
	value := "from a Secret"
	if secrets {
		var err error
		if value, err = readSecret(ctx, c, cmp.Or(entry.Secret.Namespace, s.Chaos.Namespace), *entry.Secret); err != nil {
			return part, fmt.Errorf("component %s: %w", entry.Name, err)
		}
	}
	if entry.Kind == results.KindRedis {
		part.RedisURL = secret.Text(value)
	} else {
		part.DSN = secret.Text(value)
	}
	return part, nil
}

func readSecret(ctx context.Context, c client.Client, namespace string, ref spec.SecretRef) (string, error) {
	var object corev1.Secret
	if err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: ref.Name}, &object); err != nil {
		return "", fmt.Errorf("read Secret %s/%s: %w", namespace, ref.Name, err)
	}
	value, ok := object.Data[ref.Key]
	if !ok || len(value) == 0 {
		return "", fmt.Errorf("the Secret %s/%s has no key %s", namespace, ref.Name, ref.Key)
	}
	return strings.TrimSpace(string(value)), nil
}

// readTenantSecrets gives the audit the databases that the setup's Secrets name.
func readTenantSecrets(ctx context.Context, c client.Client, s spec.Setup, t *Target) error {
	for i, access := range s.Tenants {
		if access.Secret == nil {
			continue
		}
		dsn, err := readSecret(ctx, c, cmp.Or(access.Secret.Namespace, s.Chaos.Namespace), *access.Secret)
		if err != nil {
			return fmt.Errorf("tenant %s: %w", access.Name, err)
		}
		t.Audit[i].DSN = secret.Text(dsn) // the audit's tenants are in the order of the setup's
	}
	return nil
}

// environmentLabels mark a namespace as production where its name does not.
func environmentLabels() []string {
	return []string{"odoo-harness/environment", "environment", "env", "app.kubernetes.io/environment"}
}

// refuseProduction looks at the labels of the setup's namespaces. Without the right to
// read them nobody knows whether they are production, so that is refused, too.
func refuseProduction(ctx context.Context, c client.Client, s spec.Setup) error {
	if s.AllowProduction == s.Name {
		return nil
	}
	var problems []error
	for _, name := range s.AllowedNamespaces() {
		label, err := ProductionLabel(ctx, c, name)
		switch {
		case apierrors.IsForbidden(err):
			problems = append(problems, fmt.Errorf("namespace %s: its labels cannot be read, "+
				"so nobody knows whether it is production; "+
				"grant get on namespaces in it (harness init --rbac writes the Role), or write allowProduction: %s in %s: %w",
				name, s.Name, s.Path, err))
		case err != nil:
			problems = append(problems, fmt.Errorf("look at namespace %s: %w", name, err))
		case label != "":
			problems = append(problems, fmt.Errorf("namespace %s is marked %s, and faults on production are refused; "+
				"if it is really meant, write allowProduction: %s in %s", name, label, s.Name, s.Path))
		}
	}
	return errors.Join(problems...)
}

// ProductionLabel returns the label that marks a namespace as production, empty when none does.
func ProductionLabel(ctx context.Context, c client.Client, namespace string) (string, error) {
	var n corev1.Namespace
	if err := c.Get(ctx, client.ObjectKey{Name: namespace}, &n); err != nil {
		return "", err
	}
	for _, label := range environmentLabels() {
		if spec.IsProduction(n.Labels[label]) {
			return label + "=" + n.Labels[label], nil
		}
	}
	return "", nil
}

// podOwner is the pod that the harness itself runs in, as the downward API names it
// (deploy/harness): what it created goes when the pod does. A pod of another namespace is
// refused: Kubernetes would remove every fault at once, because it finds no such owner.
func podOwner(ctx context.Context, c client.Client, s spec.Setup) (*metav1.OwnerReference, error) {
	name, uid := os.Getenv("HARNESS_POD_NAME"), os.Getenv("HARNESS_POD_UID")
	if name == "" || uid == "" {
		return nil, nil
	}
	var pod corev1.Pod
	err := c.Get(ctx, client.ObjectKey{Namespace: s.Chaos.Namespace, Name: name}, &pod)
	if apierrors.IsNotFound(err) || err == nil && string(pod.UID) != uid {
		return nil, fmt.Errorf("the harness runs in pod %s, "+
			"which is not in namespace %s, where faults are created (chaos.namespace in %s); "+
			"run the Job in that namespace, or remove HARNESS_POD_NAME and HARNESS_POD_UID from its environment: "+
			"faults then outlive a deleted Job by their duration", name, s.Chaos.Namespace, s.Path)
	}
	if err != nil {
		return nil, fmt.Errorf("look for the pod of the harness: %w", err)
	}
	return &metav1.OwnerReference{APIVersion: "v1", Kind: "Pod", Name: name, UID: types.UID(uid)}, nil
}

// openKubernetes checks all permissions before the run touches anything, gives every
// component's probe its pods and the credentials from its Secret, and opens the tunnel
// to the setup's Services, which closeTunnel closes.
func openKubernetes(ctx context.Context, s spec.Setup, t *Target) (closeTunnel func() error, err error) {
	driver, err := meshDriver(ctx, s, true, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	if err := driver.Whole(ctx, append(driver.NeedsOf(s.Faults), tunnelNeeds(s)...)); err != nil {
		return nil, err
	}
	if err := readTenantSecrets(ctx, driver.Client, s, t); err != nil {
		return nil, err
	}
	kubelets, why, err := openKubelets(ctx, s, driver)
	if err != nil {
		return nil, err
	}
	if why != "" {
		t.Caveats = append(t.Caveats, why)
	}
	for _, c := range driver.Components {
		i := slices.IndexFunc(t.Probes, func(p telemetry.Target) bool { return p.Component == c.Name })
		if i < 0 {
			continue
		}
		t.Probes[i].DSN = cmp.Or(t.Probes[i].DSN, secret.Text(c.DSN))
		t.Probes[i].URL = cmp.Or(t.Probes[i].URL, secret.Text(c.RedisURL))
		t.Probes[i].Pods = func(ctx context.Context) (telemetry.PodCount, error) {
			health, err := driver.Health(ctx, c.Name)
			return telemetry.PodCount{Pods: health.Pods, Ready: health.Ready, Restarts: health.Restarts}, err
		}
		if kubelets != nil {
			t.Probes[i].Containers = func(ctx context.Context) (map[string]telemetry.ContainerUse, error) {
				return kubelets.of(ctx, c, driver.NamespacesOf(c))
			}
		}
	}
	return openTunnel(ctx, s, t)
}
