package podstack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/lab/forward"
	"example.org/odooharness/lab/odoostack"
)

// Cluster is where labs are.
type Cluster struct {
	Config *rest.Config
	Client client.Client
}

// upLimit bounds a start whose context has no deadline.
const upLimit = 10 * time.Minute

// Up applies every stack, waits until all serve, and warms Odoo's workers. Applying is
// repeatable: what failed half way is continued, or removed by [Down].
func (l *Lab) Up(ctx context.Context, c Cluster, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, upLimit)
	defer cancel()
	stacks, err := l.Stacks()
	if err != nil {
		return err
	}
	names := !hasDNS(ctx, c.Client)
	for _, s := range stacks {
		log.Info("applying stack " + s.Stack + " to namespace " + s.Namespace)
		if err := l.apply(ctx, c.Client, s, names); err != nil {
			return err
		}
	}
	for _, s := range stacks {
		if err := awaitStack(ctx, c.Client, s.Namespace, log); err != nil {
			return fmt.Errorf("stack %s does not come up: %w", s.Stack, err)
		}
	}
	log.Info("warming Odoo's workers")
	return l.warm(ctx, c, stacks)
}

// apply sends a stack's objects: its Services before its pods, which get their addresses
// where the cluster has no DNS.
func (l *Lab) apply(ctx context.Context, c client.Client, s Stack, names bool) error {
	if err := l.owned(ctx, c, s); err != nil {
		return err
	}
	objects, err := l.Render(s)
	if err != nil {
		return err
	}
	isPods := func(o *unstructured.Unstructured) bool {
		return o.GetKind() == "Deployment" || o.GetKind() == "StatefulSet"
	}
	var workloads []*unstructured.Unstructured
	for _, o := range objects {
		if isPods(o) {
			workloads = append(workloads, o)
			continue
		}
		if err := applyOne(ctx, c, o); err != nil {
			return err
		}
	}
	if names {
		aliases, err := hostAliases(ctx, c, s.Namespace)
		if err != nil {
			return err
		}
		err = eachTemplate(workloads, func(_ string, spec *corev1.PodSpec) { spec.HostAliases = aliases })
		if err != nil {
			return err
		}
	}
	for _, o := range workloads {
		if err := applyOne(ctx, c, o); err != nil {
			return err
		}
	}
	return nil
}

// fieldOwner is under which name the API server knows what we set.
const fieldOwner = client.FieldOwner("odoo-harness")

func applyOne(ctx context.Context, c client.Client, o *unstructured.Unstructured) error {
	if err := c.Patch(ctx, o, client.Apply, fieldOwner, client.ForceOwnership); err != nil {
		return fmt.Errorf("apply %s %s: %w", o.GetKind(), o.GetName(), err)
	}
	return nil
}

// owned refuses a namespace that is there and is not this lab's.
func (l *Lab) owned(ctx context.Context, c client.Client, s Stack) error {
	var n corev1.Namespace
	err := c.Get(ctx, client.ObjectKey{Name: s.Namespace}, &n)
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("look at namespace %s: %w", s.Namespace, err)
	case n.DeletionTimestamp != nil:
		return fmt.Errorf("the namespace %s is being deleted; try again once it is removed", s.Namespace)
	case n.Labels[LabLabel] != l.Spec.Name:
		return fmt.Errorf("the namespace %s is there and not of lab %s; choose another name, or remove it", s.Namespace, l.Spec.Name)
	}
	return nil
}

// hasDNS looks for the Service of the DNS that every cluster with one has. Without
// permission to see it, pods get the names: they do no harm next to a DNS.
func hasDNS(ctx context.Context, c client.Client) bool {
	var s corev1.Service
	return c.Get(ctx, client.ObjectKey{Namespace: "kube-system", Name: "kube-dns"}, &s) == nil
}

// hostAliases are the names of a namespace's Services, with and without it, for pods
// of a cluster without DNS.
func hostAliases(ctx context.Context, c client.Client, namespace string) ([]corev1.HostAlias, error) {
	var services corev1.ServiceList
	if err := c.List(ctx, &services, client.InNamespace(namespace)); err != nil {
		return nil, fmt.Errorf("list the Services of namespace %s: %w", namespace, err)
	}
	var aliases []corev1.HostAlias
	for _, s := range services.Items {
		aliases = append(aliases, corev1.HostAlias{IP: s.Spec.ClusterIP, Hostnames: []string{s.Name, s.Name + "." + namespace}})
	}
	slices.SortFunc(aliases, func(a, b corev1.HostAlias) int { return slices.Compare(a.Hostnames, b.Hostnames) })
	return aliases, nil
}

// warm has every worker of every Odoo serve every tenant once, past the ingress.
func (l *Lab) warm(ctx context.Context, c Cluster, stacks []Stack) (err error) {
	f := forward.New(c.Config, c.Client, "")
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, s := range stacks {
		address, err := f.Address(ctx, "odoo."+s.Namespace+":8069")
		if err != nil {
			return err
		}
		// An Odoo that is busy with its first pages can be unready for a moment.
		var last error
		err = wait.PollUntilContextCancel(ctx, lookEvery, true, func(ctx context.Context) (bool, error) {
			last = odoostack.Warm(ctx, address, s.Workers, s.Tenants)
			return last == nil, nil
		})
		if err != nil {
			return fmt.Errorf("stack %s: %w", s.Stack, errors.Join(last, err))
		}
	}
	return nil
}
