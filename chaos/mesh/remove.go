package mesh

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
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
		return nil, fmt.Errorf("%s is still there; it goes when Chaos Mesh's controller is back, "+
			"or by harness doctor --sweep: %w", name, err)
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

// delete deletes a resource, by force where necessary, and reports by which.
func (d *Driver) delete(ctx context.Context, r *unstructured.Unstructured) (forced string, err error) {
	gone, last := d.deleteUntil(ctx, r, d.Stuck, nil)
	if gone {
		return "", nil
	}
	if ctx.Err() == nil {
		annotate := fmt.Sprintf(`{"metadata":{"annotations":{%q:"forced"}}}`, forcedAnnotation)
		gone, last = d.deleteUntil(ctx, r, min(forcedWait, d.Stuck), []byte(annotate))
	}
	if gone {
		return "it was let go by force", nil
	}
	if ctx.Err() == nil {
		gone, last = d.deleteUntil(ctx, r, 0, []byte(`{"metadata":{"finalizers":[]}}`))
	}
	if gone {
		return "its finalizers were removed", nil
	}
	return "", errors.Join(last, ctx.Err())
}

// deleteUntil deletes, and patches where a patch is given, until the resource is
// absent, the limit is over (0: none) or ctx ends. The last refusal is returned.
func (d *Driver) deleteUntil(
	ctx context.Context, r *unstructured.Unstructured, limit time.Duration, patch []byte,
) (gone bool, last error) {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	ticker := time.NewTicker(lookAgain)
	defer ticker.Stop()
	for {
		err := d.Client.Delete(ctx, named(r), client.PropagationPolicy(metav1.DeletePropagationBackground))
		if err == nil && patch != nil {
			err = d.Client.Patch(ctx, named(r), client.RawPatch(types.MergePatchType, patch))
		}
		if absent(err) || err == nil && absent(d.Client.Get(ctx, client.ObjectKeyFromObject(r), named(r))) {
			return true, nil
		}
		if err != nil && ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return false, last
		case <-ticker.C:
		}
	}
}

// absent reports whether the API server does not know a resource, or its whole kind.
func absent(err error) bool { return apierrors.IsNotFound(err) || meta.IsNoMatchError(err) }

// named is an empty object by the name of r.
func named(r *unstructured.Unstructured) *unstructured.Unstructured {
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

// throughRules reports whether a kind hands its faults to the daemon as rules of pods.
func throughRules(kind string) bool {
	return kind == v1alpha1.KindNetworkChaos || kind == v1alpha1.KindIOChaos || kind == v1alpha1.KindHTTPChaos
}

// leftWithPods names the objects of pods that still carry rules of the resource.
func (d *Driver) leftWithPods(ctx context.Context, r *unstructured.Unstructured) ([]string, error) {
	var left []string
	err := d.eachPerPod(ctx, func(o *unstructured.Unstructured, fields []string) error {
		if carries(o, fields, r.GetNamespace()+"/"+r.GetName()) {
			left = append(left, o.GetKind()+" "+o.GetNamespace()+"/"+o.GetName())
		}
		return nil
	})
	return left, err
}

// cleanPods takes the rules of the resource out of the objects of pods. The objects
// stay: a daemon clears its rules when the object lists none. The controllers
// may be writing the same objects just now.
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
	err := d.eachPerPod(ctx, func(o *unstructured.Unstructured, fields []string) error {
		if !carries(o, fields, source) {
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

func (d *Driver) eachPerPod(ctx context.Context, visit func(*unstructured.Unstructured, []string) error) error {
	for kind, fields := range perPod() {
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
