package mesh

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos/kind"
)

// trace is what the records of a fault contain right before it is deleted.
type trace struct {
	pods  []string // that it was to be injected into
	doubt bool     // it was begun and never noted as injected
}

// awaitNoted waits until a fault is noted as injected, before it is deleted. Chaos Mesh
// recovers what the records list, and nothing else. When its controller or daemon died
// between the injection and the note of it, a deletion would succeed at once and leave the
// fault in the pod. A restarted controller injects again and notes it, but waits longer
// after each failure; a change of the resource makes it try at once. What is not noted
// within Stuck stays in doubt.
func (d *Driver) awaitNoted(ctx context.Context, r *unstructured.Unstructured) trace {
	if !lasts(r) {
		return trace{}
	}
	var t trace
	looks := 0
	// An error means that the time is over: what was seen last holds.
	_ = wait.PollUntilContextTimeout(ctx, lookAgain, d.Stuck, true, func(ctx context.Context) (bool, error) {
		s, err := d.readChaos(ctx, r.GetKind(), client.ObjectKeyFromObject(r))
		if absent(err) {
			return true, nil
		}
		if err != nil {
			return false, nil // the API server may be back at the next look
		}
		t = trace{pods: s.pods(), doubt: s.desired != "" && !s.noted()}
		if s.noted() || s.deleting || s.stopped() {
			return true, nil
		}
		if looks++; looks%nudgeEvery == 0 {
			nudge := fmt.Sprintf(`{"metadata":{"annotations":{%q:"%d"}}}`, nudgeAnnotation, looks)
			err = d.Client.Patch(ctx, nameOnly(r), client.RawPatch(types.MergePatchType, []byte(nudge)))
		}
		return absent(err), nil
	})
	return t
}

// nudgeAnnotation is changed to have the controller look at a resource at once, every
// nudgeEvery looks.
const (
	nudgeAnnotation = "odoo-harness/nudge"
	nudgeEvery      = 5
)

// lasts reports whether a resource is a fault that has to be recovered: killing is
// over when it is done, a Schedule or Workflow starts other faults.
func lasts(r *unstructured.Unstructured) bool {
	action, _, _ := unstructured.NestedString(r.Object, "spec", "action") // absent lasts
	row, known := kind.Find(r.GetKind(), action)
	return !known || row.Lasts
}

// restart names where a fault may last, and what ends it there.
func (t trace) restart() string {
	where := "the pods that it selects"
	if len(t.pods) > 0 {
		where = "pods " + strings.Join(t.pods, ", ")
	}
	return "it may last in " + where + " until they are restarted"
}
