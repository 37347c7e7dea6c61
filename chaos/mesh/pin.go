package mesh

import (
	"errors"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// pin names the pods that a fault hits, where the choice would be Chaos Mesh's: a
// controller that dies before it has noted whom it chose chooses anew, and the pods of
// the first choice keep the fault. Rules do not need it, they are found wherever they
// are.
func (f *fault) pin() error {
	s := f.selectors[0]
	chosen := s.Mode == v1alpha1.OneMode || s.Mode == v1alpha1.FixedMode || s.Mode == v1alpha1.FixedPercentMode
	if !chosen || !lasts(f.resource) || throughRules(f.resource.GetKind()) {
		return nil
	}
	names := map[string]any{}
	rest := reach(s, len(f.before))
	for _, name := range sortedIDs(f.before) {
		pod := f.before[name]
		if rest == 0 || !PodReady(pod) {
			continue
		}
		rest--
		those, _ := names[pod.Namespace].([]any) // none yet
		names[pod.Namespace] = append(those, pod.Name)
	}
	unstructured.RemoveNestedField(f.resource.Object, "spec", "value")
	return errors.Join(
		unstructured.SetNestedField(f.resource.Object, string(v1alpha1.AllMode), "spec", "mode"),
		unstructured.SetNestedMap(f.resource.Object, names, "spec", "selector", "pods"),
	)
}
