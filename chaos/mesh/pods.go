package mesh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
)

// pods lists the pods that a selector matches now, in the order of their names. Of
// those being deleted nothing can be said any more.
func (d *Driver) pods(ctx context.Context, s v1alpha1.PodSelectorSpec) ([]corev1.Pod, error) {
	selector, err := metav1.LabelSelectorAsSelector(&metav1.LabelSelector{
		MatchLabels: s.LabelSelectors, MatchExpressions: s.ExpressionSelectors,
	})
	if err != nil {
		return nil, fmt.Errorf("spec.selector: %w", err)
	}
	if len(s.NodeSelectors) > 0 {
		return nil, errors.New("spec.selector.nodeSelectors: the pods hit cannot be shown beforehand without the right to " +
			"read nodes; select by labels of pods")
	}
	var found []corev1.Pod
	for _, namespace := range s.Namespaces {
		var list corev1.PodList
		options := []client.ListOption{client.InNamespace(namespace), client.MatchingLabelsSelector{Selector: selector}}
		if len(s.FieldSelectors) > 0 {
			options = append(options, client.MatchingFieldsSelector{Selector: fields.SelectorFromSet(s.FieldSelectors)})
		}
		if err := d.Client.List(ctx, &list, options...); err != nil {
			return nil, fmt.Errorf("list pods in namespace %s: %w", namespace, err)
		}
		for _, pod := range list.Items {
			if pod.DeletionTimestamp == nil && matches(pod, s) {
				found = append(found, pod)
			}
		}
	}
	slices.SortFunc(found, func(a, b corev1.Pod) int { return strings.Compare(id(a), id(b)) })
	return found, nil
}

// matches holds what a list request cannot ask for.
func matches(pod corev1.Pod, s v1alpha1.PodSelectorSpec) bool {
	if len(s.Pods) > 0 && !slices.Contains(s.Pods[pod.Namespace], pod.Name) {
		return false
	}
	if len(s.Nodes) > 0 && !slices.Contains(s.Nodes, pod.Spec.NodeName) {
		return false
	}
	if len(s.PodPhaseSelectors) > 0 && !slices.Contains(s.PodPhaseSelectors, string(pod.Status.Phase)) {
		return false
	}
	return labels.SelectorFromSet(s.AnnotationSelectors).Matches(labels.Set(pod.Annotations))
}

func id(pod corev1.Pod) string { return pod.Namespace + "/" + pod.Name }

// targets are the components whose pods the selectors may hit, each with the pods
// in words.
func (d *Driver) targets(ctx context.Context, selectors []v1alpha1.PodSelector) ([]chaos.Component, error) {
	var found []chaos.Component
	var problems []error
	total := 0
	for _, s := range selectors {
		pods, err := d.pods(ctx, s.Selector)
		if err != nil {
			return nil, err
		}
		count := reach(s, len(pods))
		switch {
		case len(pods) == 0:
			problems = append(problems, fmt.Errorf(
				"spec.selector: no pod in namespace %s has these labels now; there are the components %s",
				strings.Join(d.Namespaces, ", "), d.names()))
			continue
		case count == 0:
			problems = append(problems, fmt.Errorf("spec.mode: %s with value %q leaves none of %d pods", s.Mode, s.Value, len(pods)))
			continue
		}
		total += count
		byComponent, err := d.group(pods)
		problems = append(problems, err)
		for _, c := range byComponent {
			members := c.pods
			c.component.Reach = fmt.Sprintf("%d of %d pods: %s", count, len(pods), strings.Join(members, ", "))
			found = append(found, c.component)
		}
	}
	if d.MaxPods > 0 && total > d.MaxPods {
		problems = append(problems, fmt.Errorf("spec.selector: up to %d pods would be hit, and the setup allows %d (chaos.maxPods)",
			total, d.MaxPods))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return found, nil
}

type members struct {
	component chaos.Component
	pods      []string
}

// group sorts pods by component. A pod of none is refused: what is not in the
// setup's file is not to be touched.
func (d *Driver) group(pods []corev1.Pod) ([]members, error) {
	var groups []members
	var strangers []string
	for _, pod := range pods {
		c, ok := d.component(pod.Namespace, pod.Labels)
		if !ok {
			strangers = append(strangers, id(pod))
			continue
		}
		i := slices.IndexFunc(groups, func(m members) bool { return m.component.Name == c.Name })
		if i < 0 {
			groups = append(groups, members{component: c.Component})
			i = len(groups) - 1
		}
		groups[i].pods = append(groups[i].pods, id(pod))
	}
	if len(strangers) > 0 {
		return nil, fmt.Errorf("spec.selector: it would hit %s, which belong to no component of the setup (%s); "+
			"narrow the selector, or add the component", strings.Join(strangers, ", "), d.names())
	}
	return groups, nil
}

// reach is the most pods that the mode takes of n. A share is rounded up, as Chaos Mesh
// does.
func reach(s v1alpha1.PodSelector, n int) int {
	value, err := strconv.Atoi(s.Value)
	if err != nil {
		value = 0
	}
	switch s.Mode {
	case v1alpha1.OneMode:
		return min(1, n)
	case v1alpha1.FixedMode:
		return min(value, n)
	case v1alpha1.FixedPercentMode, v1alpha1.RandomMaxPercentMode:
		return (n*value + 99) / 100
	}
	return n
}

// Health is how the pods of a component are.
type Health struct {
	Pods, Ready int
	Restarts    int // of their containers
}

// Health counts the pods of a component.
func (d *Driver) Health(ctx context.Context, component string) (Health, error) {
	var h Health
	for _, c := range d.Components {
		if c.Name != component {
			continue
		}
		for _, namespace := range d.NamespacesOf(c) {
			var list corev1.PodList
			if err := d.Client.List(ctx, &list, client.InNamespace(namespace), client.MatchingLabels(c.Labels)); err != nil {
				return h, fmt.Errorf("list pods of %s: %w", component, err)
			}
			for _, pod := range list.Items {
				h.Pods++
				if PodReady(pod) && pod.DeletionTimestamp == nil {
					h.Ready++
				}
				for _, s := range pod.Status.ContainerStatuses {
					h.Restarts += int(s.RestartCount)
				}
			}
		}
	}
	return h, nil
}
