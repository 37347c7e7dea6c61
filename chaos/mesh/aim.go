package mesh

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
)

// aim is one selector of a resource: of the fault, of the peers of a NetworkChaos,
// whose pods get rules, too, or of a fault that a Workflow starts.
type aim struct {
	path     string         // spec, spec.target, spec.templates.2.podChaos
	node     map[string]any // of the resource; [aim.pin] changes it
	selector v1alpha1.PodSelector
	times    int // how often its pods are chosen
}

// aims returns every selector of a resource. Times gives how often a Workflow starts
// the template with a name.
func aims(object map[string]any, times map[string]int) ([]aim, error) {
	var found []aim
	var visit func(node any, path string, n int) error
	visit = func(node any, path string, n int) error {
		switch node := node.(type) {
		case []any:
			for i, child := range node {
				if err := visit(child, fmt.Sprintf("%s.%d", path, i), n); err != nil {
					return err
				}
			}
		case map[string]any:
			if name, ok := node["name"].(string); ok && times[name] > 0 {
				n = times[name]
			}
			if isAim(node) {
				a := aim{path: path, node: node, times: n}
				encoded, err := json.Marshal(node)
				if err == nil {
					err = json.Unmarshal(encoded, &a.selector)
				}
				if err != nil {
					return fmt.Errorf("%s.selector: %w", path, err)
				}
				found = append(found, a)
			}
			for _, key := range sortedKeys(node) {
				if key == "selector" {
					continue
				}
				if err := visit(node[key], path+"."+key, n); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := visit(object["spec"], "spec", 1); err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errors.New("spec: there is no selector in it, so nothing would be hit")
	}
	return found, nil
}

// isAim reports whether a node selects pods.
func isAim(node map[string]any) bool {
	_, hasMode := node["mode"]
	_, isMap := node["selector"].(map[string]any)
	return hasMode && isMap
}

// reach is the most pods that the mode selects of n. A share is rounded up, as Chaos
// Mesh does. A share at random is chosen again at each start.
func (a aim) reach(n int) int {
	value, err := strconv.Atoi(a.selector.Value)
	if err != nil {
		value = 0
	}
	switch a.selector.Mode {
	case v1alpha1.OneMode:
		return min(1, n)
	case v1alpha1.FixedMode:
		return min(value, n)
	case v1alpha1.FixedPercentMode:
		return (n*value + 99) / 100
	case v1alpha1.RandomMaxPercentMode:
		return min(n, (n*value+99)/100*a.times)
	}
	return n
}

// random reports whether Chaos Mesh chooses by chance how many pods it hits.
func (a aim) random() bool { return a.selector.Mode == v1alpha1.RandomMaxPercentMode }

// choose returns the pods that are hit, ready ones first; all candidates where Chaos
// Mesh chooses by chance.
func (a aim) choose(candidates []corev1.Pod) []corev1.Pod {
	if a.random() {
		return candidates
	}
	ordered := slices.Clone(candidates)
	slices.SortStableFunc(ordered, func(a, b corev1.Pod) int {
		return boolToInt(PodReady(b)) - boolToInt(PodReady(a))
	})
	return ordered[:a.reach(len(ordered))]
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// pin names the pods in the resource, so that Chaos Mesh hits no others: not a pod that
// appears after the plan, nor another choice of a controller that died before it noted
// its first one. Names replace every other selector of Chaos Mesh.
func (a aim) pin(pods []corev1.Pod) {
	names := map[string]any{}
	for _, pod := range pods {
		those, _ := names[pod.Namespace].([]any) // none yet
		names[pod.Namespace] = append(those, pod.Name)
	}
	selector, _ := a.node["selector"].(map[string]any) // isAim has checked it
	selector["pods"] = names
	if !a.random() {
		a.node["mode"] = string(v1alpha1.AllMode)
		delete(a.node, "value")
	}
}

// field is the path of the selector as an error names it.
func (a aim) field() string { return strings.TrimSuffix(a.path, ".") + ".selector" }
