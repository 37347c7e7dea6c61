package mesh

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// forcedAnnotation makes Chaos Mesh release a resource that it cannot recover.
const (
	forcedAnnotation = "chaos-mesh.chaos-mesh.org/cleanFinalizer"
	forcedWait       = 3 * time.Second
	lookAgain        = 150 * time.Millisecond
)

// remove deletes a resource, and reports what it had to do by force:
//
//	have it noted ──> delete ── Stuck over ──> annotate forced ── 3 s ──> drop the finalizers
//	                     └─ absent ─> take its rules out of the pods <─ absent ─┘
//
// The documented annotation does not help while a daemon is absent: the controller
// fails at the step before it. Without the last step the fault would be injected
// after all, when the daemon comes back; rules are also left when a controller dies
// between writing and noting them. A step that fails is tried again until ctx ends:
// nothing can be patched while the controller's webhook is unavailable.
func (d *Driver) remove(ctx context.Context, r *unstructured.Unstructured) (notes []string, err error) {
	name := r.GetKind() + " " + r.GetNamespace() + "/" + r.GetName()
	note := func(format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		notes = append(notes, text)
		d.Log.Warn(text)
	}
	left := d.awaitNoted(ctx, r)
	forced, err := d.delete(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("%s is still there; %w", name, err)
	}
	switch {
	case forced != "":
		note("%s did not go by itself within %s; %s: %s", name, d.Stuck, forced, left.restart())
	case left.doubt && !throughRules(r.GetKind()):
		note("%s was begun and never noted as injected; if it was, %s", name, left.restart())
	}
	cleaned, err := d.cleanPods(ctx, r)
	for _, c := range cleaned {
		note("rules of %s were taken out of %s", name, c)
	}
	return notes, err
}

// delete deletes, if need be by force, and returns by which. The error has the first
// refusal.
func (d *Driver) delete(ctx context.Context, r *unstructured.Unstructured) (forced string, err error) {
	gone, first := d.deleteUntil(ctx, r, d.Stuck, nil)
	if gone {
		return "", nil
	}
	if ctx.Err() == nil {
		if may, why := d.mayClean(ctx, r); !may {
			return "", fmt.Errorf("%s. It is not removed by force: %s", stays(first), why)
		}
		annotate := fmt.Sprintf(`{"metadata":{"annotations":{%q:"forced"}}}`, forcedAnnotation)
		var second error
		gone, second = d.deleteUntil(ctx, r, min(forcedWait, d.Stuck), []byte(annotate))
		first = cmp.Or(first, second)
	}
	if gone {
		return "it was let go by force", nil
	}
	if ctx.Err() == nil {
		var third error
		gone, third = d.deleteUntil(ctx, r, 0, []byte(`{"metadata":{"finalizers":[]}}`))
		first = cmp.Or(first, third)
	}
	if gone {
		return "its finalizers were removed", nil
	}
	return "", fmt.Errorf("%s: %w", stays(first), cmp.Or(first, ctx.Err()))
}

// mayClean reports whether this account may take rules of the resource out of the pods'
// objects. Without that right a resource is not removed by force: its rules would stay.
func (d *Driver) mayClean(ctx context.Context, r *unstructured.Unstructured) (may bool, why string) {
	rules := rulesOf(r.GetKind())
	if rules == "" {
		return true, ""
	}
	var needs []Need
	for _, namespace := range d.Namespaces {
		needs = append(needs, Need{Namespace: namespace, Group: meshGroup, Resource: plural(rules), Verbs: []string{"update"}})
	}
	missing, err := d.Missing(ctx, needs)
	if err != nil {
		return true, "" // the next request shows why
	}
	if len(missing) == 0 {
		return true, ""
	}
	return false, fmt.Sprintf("this account may not update %s, so its rules would stay in the pods", plural(rules))
}

// deleteUntil deletes, and patches where a patch is given, until the resource is
// absent, the limit is over (0: none) or ctx ends. The first refusal is returned: later ones
// often follow from it.
func (d *Driver) deleteUntil(
	ctx context.Context, r *unstructured.Unstructured, limit time.Duration, patch []byte,
) (gone bool, first error) {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	for {
		err := d.Client.Delete(ctx, nameOnly(r), client.PropagationPolicy(metav1.DeletePropagationBackground))
		if err == nil && patch != nil {
			err = d.Client.Patch(ctx, nameOnly(r), client.RawPatch(types.MergePatchType, patch))
		}
		if absent(err) || err == nil && absent(d.Client.Get(ctx, client.ObjectKeyFromObject(r), nameOnly(r))) {
			return true, nil
		}
		if err != nil && ctx.Err() == nil {
			first = cmp.Or(first, err)
		}
		select {
		case <-ctx.Done():
			return false, first
		case <-ticker.C:
		}
	}
}

// absent reports whether the API server does not know a resource, or its whole kind.
func absent(err error) bool { return apierrors.IsNotFound(err) || meta.IsNoMatchError(err) }

// nameOnly is an empty object by the name of r.
func nameOnly(r *unstructured.Unstructured) *unstructured.Unstructured {
	n := &unstructured.Unstructured{}
	n.SetGroupVersionKind(r.GroupVersionKind())
	n.SetNamespace(r.GetNamespace())
	n.SetName(r.GetName())
	return n
}

// perPod are the kinds through which Chaos Mesh hands rules to a pod's daemon, with
// where their rules are.
func perPod() map[string][]string {
	return map[string][]string{
		"PodNetworkChaos": {"ipsets", "iptables", "tcs"},
		"PodIOChaos":      {"actions"},
		"PodHttpChaos":    {"rules"},
	}
}

// rulesOf is the kind through which a kind hands its faults to the daemon as rules of
// pods, empty for the others.
func rulesOf(kind string) string {
	switch kind {
	case v1alpha1.KindNetworkChaos:
		return "PodNetworkChaos"
	case v1alpha1.KindIOChaos:
		return "PodIOChaos"
	case v1alpha1.KindHTTPChaos:
		return "PodHttpChaos"
	}
	return ""
}

// throughRules reports whether a kind hands its faults to the daemon as rules of pods.
func throughRules(kind string) bool { return rulesOf(kind) != "" }

// leftWithPods names the objects of pods that still carry rules of the resource.
func (d *Driver) leftWithPods(ctx context.Context, r *unstructured.Unstructured) ([]string, error) {
	var left []string
	err := d.eachPerPod(ctx, []string{r.GetKind()}, func(o *unstructured.Unstructured, fields []string) error {
		if carries(o, fields, r.GetNamespace()+"/"+r.GetName()) {
			left = append(left, o.GetKind()+" "+o.GetNamespace()+"/"+o.GetName())
		}
		return nil
	})
	return left, err
}

// cleanPods takes the rules of the resource out of the objects of pods. The objects
// stay: a daemon clears its rules when the object lists none. The controllers
// may be writing the same objects just now. The rules of a removed pod went with it,
// and Kubernetes removes the object, which the pod owns.
func (d *Driver) cleanPods(ctx context.Context, r *unstructured.Unstructured) (cleaned []string, err error) {
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		some, err := d.cleanPodsOnce(ctx, r)
		cleaned = append(cleaned, some...)
		return err
	})
	return cleaned, err
}

func (d *Driver) cleanPodsOnce(ctx context.Context, r *unstructured.Unstructured) ([]string, error) {
	source := r.GetNamespace() + "/" + r.GetName()
	var cleaned []string
	err := d.eachPerPod(ctx, []string{r.GetKind()}, func(o *unstructured.Unstructured, fields []string) error {
		if !carries(o, fields, source) {
			return nil
		}
		if d.ownerRemoved(ctx, o) {
			return nil
		}
		for _, field := range fields {
			kept := []any{}
			rules, _, _ := unstructured.NestedSlice(o.Object, "spec", field) // absent is empty
			for _, rule := range rules {
				if sourceOf(rule) != source {
					kept = append(kept, rule)
				}
			}
			if err := unstructured.SetNestedSlice(o.Object, kept, "spec", field); err != nil {
				return err
			}
		}
		if err := d.Client.Update(ctx, o); err != nil {
			return fmt.Errorf("take rules out of %s %s: %w", o.GetKind(), o.GetName(), err)
		}
		cleaned = append(cleaned, o.GetKind()+" "+o.GetNamespace()+"/"+o.GetName())
		return nil
	})
	return cleaned, err
}

// ownerRemoved reports whether the pod of an object of rules was removed, though another may have its name.
func (d *Driver) ownerRemoved(ctx context.Context, o *unstructured.Unstructured) bool {
	pod := &corev1.Pod{}
	err := d.Client.Get(ctx, client.ObjectKeyFromObject(o), pod)
	return absent(err) || err == nil && slices.ContainsFunc(o.GetOwnerReferences(), func(owner metav1.OwnerReference) bool {
		return owner.Kind == "Pod" && owner.UID != pod.UID
	})
}

// eachPerPod visits the objects of pods that can carry rules of faults of the kinds.
func (d *Driver) eachPerPod(ctx context.Context, of []string, visit func(*unstructured.Unstructured, []string) error) error {
	for kind, fields := range perPod() {
		if !slices.ContainsFunc(of, func(fault string) bool { return rulesOf(fault) == kind }) {
			continue
		}
		for _, namespace := range d.Namespaces {
			list := &unstructured.UnstructuredList{}
			list.SetGroupVersionKind(v1alpha1.SchemeBuilder.GroupVersion.WithKind(kind + "List"))
			err := d.Client.List(ctx, list, client.InNamespace(namespace))
			if absent(err) {
				continue
			}
			if err != nil {
				return fmt.Errorf("list %s in namespace %s: %w", kind, namespace, err)
			}
			for i := range list.Items {
				if err := visit(&list.Items[i], fields); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func carries(o *unstructured.Unstructured, fields []string, source string) bool {
	for _, field := range fields {
		rules, _, _ := unstructured.NestedSlice(o.Object, "spec", field) // absent is empty
		for _, rule := range rules {
			if sourceOf(rule) == source {
				return true
			}
		}
	}
	return false
}

func sourceOf(rule any) string {
	fields, ok := rule.(map[string]any)
	if !ok {
		return ""
	}
	source, ok := fields["source"].(string)
	if !ok {
		return ""
	}
	return strings.TrimSpace(source)
}
