package mesh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos"
)

// pods lists the pods that a selector matches now, in the order of their names, as
// Chaos Mesh's controller selects them (pkg/selector/pod). Pods that are named
// (selector.pods) are those, with no regard to the other selectors. Of pods that are
// being deleted nothing is known any more.
func (d *Driver) pods(ctx context.Context, s v1alpha1.PodSelectorSpec) ([]corev1.Pod, error) {
	var found []corev1.Pod
	var err error
	if len(s.Pods) > 0 {
		found, err = d.named(ctx, s.Pods)
	} else {
		found, err = d.matching(ctx, s)
	}
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(pod corev1.Pod) bool { return pod.DeletionTimestamp != nil })
	slices.SortFunc(found, func(a, b corev1.Pod) int { return strings.Compare(id(a), id(b)) })
	return found, nil
}

// named reads pods by namespace and name. One that is absent is skipped.
func (d *Driver) named(ctx context.Context, names map[string][]string) ([]corev1.Pod, error) {
	var found []corev1.Pod
	for namespace, those := range names {
		for _, name := range slices.Compact(slices.Sorted(slices.Values(those))) {
			var pod corev1.Pod
			err := d.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &pod)
			if apierrors.IsNotFound(err) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("read pod %s/%s: %w", namespace, name, err)
			}
			found = append(found, pod)
		}
	}
	return found, nil
}

// matching lists pods by labels and fields, and then by what a request cannot express.
func (d *Driver) matching(ctx context.Context, s v1alpha1.PodSelectorSpec) ([]corev1.Pod, error) {
	selector, err := metav1.LabelSelectorAsSelector(&metav1.LabelSelector{
		MatchLabels: s.LabelSelectors, MatchExpressions: s.ExpressionSelectors,
	})
	if err != nil {
		return nil, fmt.Errorf("spec.selector: %w", err)
	}
	if len(s.NodeSelectors) > 0 {
		return nil, errors.New("spec.selector.nodeSelectors: the pods hit cannot be shown without the right to " +
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
		found = append(found, list.Items...)
	}
	return narrowed(found, s)
}

// narrowed applies annotations, nodes and phases. The error names the one that leaves
// no pod.
func narrowed(pods []corev1.Pod, s v1alpha1.PodSelectorSpec) ([]corev1.Pod, error) {
	for _, by := range []struct {
		field   string
		given   []string
		matches func(corev1.Pod) bool
		value   func(corev1.Pod) string
	}{
		{"annotationSelectors", keysOf(s.AnnotationSelectors), func(pod corev1.Pod) bool {
			return labels.SelectorFromSet(s.AnnotationSelectors).Matches(labels.Set(pod.Annotations))
		}, nil},
		{"nodes", s.Nodes, func(pod corev1.Pod) bool { return slices.Contains(s.Nodes, pod.Spec.NodeName) },
			func(pod corev1.Pod) string { return pod.Spec.NodeName }},
		{"podPhaseSelectors", s.PodPhaseSelectors, func(pod corev1.Pod) bool { return inPhase(pod, s.PodPhaseSelectors) },
			func(pod corev1.Pod) string { return string(pod.Status.Phase) }},
	} {
		if len(by.given) == 0 || len(pods) == 0 {
			continue
		}
		var values []string
		before := len(pods)
		pods = slices.DeleteFunc(pods, func(pod corev1.Pod) bool {
			if by.value != nil {
				values = append(values, by.value(pod))
			}
			return !by.matches(pod)
		})
		if len(pods) == 0 {
			have := ""
			if slices.Sort(values); len(values) > 0 {
				have = "; they have " + strings.Join(slices.Compact(values), ", ")
			}
			return nil, fmt.Errorf("spec.selector.%s: none of the %d pods with these labels matches %s%s",
				by.field, before, strings.Join(by.given, ", "), have)
		}
	}
	return pods, nil
}

func keysOf(m map[string]string) []string {
	var keys []string
	for key, value := range m {
		keys = append(keys, key+"="+value)
	}
	slices.Sort(keys)
	return keys
}

// inPhase follows Chaos Mesh: a pod is in one of the phases, if any is named, and in
// none of those after a !.
func inPhase(pod corev1.Pod, phases []string) bool {
	in, named := false, false
	for _, phase := range phases {
		phase = strings.TrimSpace(phase)
		if not, excluded := strings.CutPrefix(phase, "!"); excluded {
			if string(pod.Status.Phase) == not {
				return false
			}
			continue
		}
		named = true
		in = in || string(pod.Status.Phase) == phase
	}
	return in || !named
}

func id(pod corev1.Pod) string { return pod.Namespace + "/" + pod.Name }

// selection is what the aims of a resource hit now.
type selection struct {
	components []chaos.Component     // each with the pods in words
	pods       map[string]corev1.Pod // that may be hit, by namespace/name
	chosen     [][]corev1.Pod        // of each aim
}

// selected finds the pods of every aim. A pod of no component is refused: what is not in
// the setup's file must not be touched. So is more than the blast radius.
func (d *Driver) selected(ctx context.Context, all []aim) (selection, error) {
	s := selection{pods: map[string]corev1.Pod{}}
	fixed := map[string]bool{} // pods that are hit for sure
	most := 0                  // further pods that may be hit
	var problems []error
	for _, a := range all {
		candidates, err := d.pods(ctx, a.selector.Selector)
		if err != nil {
			problems = append(problems, place(a, err))
			continue
		}
		if err := d.enough(a, len(candidates)); err != nil {
			problems = append(problems, err)
			continue
		}
		chosen := a.choose(candidates)
		if a.random() {
			most += a.reach(len(candidates))
		}
		for _, pod := range chosen {
			s.pods[id(pod)] = pod
			fixed[id(pod)] = fixed[id(pod)] || !a.random()
		}
		s.chosen = append(s.chosen, chosen)
		byComponent, err := d.group(a, candidates)
		problems = append(problems, err)
		for _, c := range byComponent {
			c.component.Reach = fmt.Sprintf("%d of %d pods: %s", a.reach(len(candidates)), len(candidates), strings.Join(c.pods, ", "))
			if strings.HasSuffix(a.path, ".target") {
				c.component.Reach = "as peer, " + c.component.Reach
			}
			s.add(c.component)
		}
	}
	for _, certain := range fixed {
		if certain {
			most++
		}
	}
	if most = min(most, len(s.pods)); d.MaxPods > 0 && most > d.MaxPods {
		problems = append(problems, fmt.Errorf("spec.selector: up to %d pods would be hit, and the setup allows %d (chaos.maxPods)",
			most, d.MaxPods))
	}
	return s, errors.Join(problems...)
}

// add puts a component among those that are hit, once.
func (s *selection) add(c chaos.Component) {
	i := slices.IndexFunc(s.components, func(known chaos.Component) bool { return known.Name == c.Name })
	if i < 0 {
		s.components = append(s.components, c)
		return
	}
	s.components[i].Reach += "; " + c.Reach
}

// place names the selector that a problem belongs to.
func place(a aim, err error) error {
	if text, ok := strings.CutPrefix(err.Error(), "spec.selector"); ok && a.path != "spec" {
		return fmt.Errorf("%s%s", a.field(), text)
	}
	return err
}

// enough refuses a selector that hits nothing.
func (d *Driver) enough(a aim, candidates int) error {
	switch {
	case candidates == 0:
		return fmt.Errorf("%s: no pod in namespace %s has %s now; there are the components %s",
			a.field(), strings.Join(d.Namespaces, ", "), wanted(a.selector.Selector), d.labelled())
	case a.reach(candidates) == 0:
		return fmt.Errorf("%s: mode %s with value %q leaves none of %d pods", a.path, a.selector.Mode, a.selector.Value, candidates)
	}
	return nil
}

// wanted is a selector in words.
func wanted(s v1alpha1.PodSelectorSpec) string {
	if len(s.Pods) > 0 {
		return "one of the names of selector.pods"
	}
	labels := &metav1.LabelSelector{MatchLabels: s.LabelSelectors, MatchExpressions: s.ExpressionSelectors}
	text := "the labels " + metav1.FormatLabelSelector(labels)
	if len(s.FieldSelectors) > 0 {
		text += " and the fields " + strings.Join(keysOf(s.FieldSelectors), ",")
	}
	return text
}

// labelled names every component with the labels of its pods.
func (d *Driver) labelled() string {
	var all []string
	for _, c := range d.Components {
		all = append(all, fmt.Sprintf("%s (%s)", c.Name, labels.FormatLabels(c.Labels)))
	}
	return strings.Join(all, ", ")
}

type members struct {
	component chaos.Component
	pods      []string
}

// group sorts pods by component, and refuses those of none.
func (d *Driver) group(a aim, pods []corev1.Pod) ([]members, error) {
	var groups []members
	var foreign []string
	for _, pod := range pods {
		c, ok := d.component(pod.Namespace, pod.Labels)
		if !ok {
			foreign = append(foreign, id(pod))
			continue
		}
		i := slices.IndexFunc(groups, func(m members) bool { return m.component.Name == c.Name })
		if i < 0 {
			groups = append(groups, members{component: c.Component})
			i = len(groups) - 1
		}
		groups[i].pods = append(groups[i].pods, id(pod))
	}
	if len(foreign) > 0 {
		return nil, fmt.Errorf("%s: it would hit %s, which belong to no component of the setup (%s); "+
			"narrow the selector, or add the component", a.field(), strings.Join(foreign, ", "), d.names())
	}
	return groups, nil
}
