package mesh

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"example.org/odooharness/chaos"
)

// Labels and annotations of everything that the driver creates.
const (
	ManagedByLabel = "app.kubernetes.io/managed-by"
	ManagedBy      = "odoo-harness"
	RunLabel       = "odoo-harness/run"
	HostAnnotation = "odoo-harness/host"
	PIDAnnotation  = "odoo-harness/pid"
	// LengthAnnotation is how long the fault lasts by itself, from the creation that the API
	// server stamps: 30s. A fault that is over at once has none.
	LengthAnnotation = "odoo-harness/length"
	// ExperimentAnnotation names the experiment and its run.
	ExperimentAnnotation = "odoo-harness/experiment"
)

// resource is what is created for a manifest: the user's own YAML, in the namespaces of
// the setup, with the marks of the run. It is sent as it was written, not as this
// version of the types would write it, so that a cluster of another version gets no
// field that it does not know. Chaos Mesh itself ends it: a Workflow by the deadline of
// its entry. A Schedule has no end of its own, so a Workflow starts it.
func (d *Driver) resource(m chaos.Manifest) (*unstructured.Unstructured, error) {
	encoded, err := yaml.YAMLToJSONStrict(m.Raw)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	r := &unstructured.Unstructured{}
	if err := json.Unmarshal(encoded, &r.Object); err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	if err := d.place(r.Object["spec"], "spec"); err != nil {
		return nil, err
	}
	if err := limitStress(r, m.Duration); err != nil {
		return nil, err
	}
	if err := limitOthers(r, m.Duration); err != nil {
		return nil, err
	}
	r.SetNamespace(d.Namespace)
	labels := r.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	labels[ManagedByLabel], labels[RunLabel] = ManagedBy, d.Run
	r.SetLabels(labels)
	annotations := r.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[HostAnnotation], annotations[PIDAnnotation] = d.Host, strconv.Itoa(d.PID)
	if m.Duration > 0 {
		annotations[LengthAnnotation] = m.Duration.String()
	}
	if d.Experiment != "" {
		annotations[ExperimentAnnotation] = d.Experiment
	}
	r.SetAnnotations(annotations)
	if d.Owner != nil {
		r.SetOwnerReferences([]metav1.OwnerReference{*d.Owner})
	}
	return r, nil
}

// limitStress has stress-ng end by itself when the fault is over: where Chaos Mesh's
// controller dies before it has noted the process that it started, it starts another one, and
// nobody ends the first. What stresses memory (memStress) knows no such limit.
func limitStress(r *unstructured.Unstructured, length time.Duration) error {
	cpu, stresses, err := unstructured.NestedMap(r.Object, "spec", "stressors", "cpu")
	if err != nil || r.GetKind() != v1alpha1.KindStressChaos || !stresses || length <= 0 {
		return err
	}
	options, _, err := unstructured.NestedStringSlice(cpu, "options")
	if err != nil {
		return fmt.Errorf("spec.stressors.cpu.options: %w", err)
	}
	if strings.Contains(" "+strings.Join(options, " "), " --timeout") {
		return nil
	}
	options = append(options, "--timeout "+strconv.Itoa(int(math.Ceil(length.Seconds())))+"s")
	return unstructured.SetNestedStringSlice(r.Object, options, "spec", "stressors", "cpu", "options")
}

// scheduleTemplate is the entry of the Workflow that starts a Schedule.
const scheduleTemplate = "schedule"

// limitOthers has Chaos Mesh end what starts other faults: the entry of a Workflow gets
// the fault's duration as deadline, and a Schedule becomes the only template of one.
func limitOthers(r *unstructured.Unstructured, length time.Duration) error {
	kind := r.GetKind()
	if !startsOthers(kind) {
		return nil
	}
	if length <= 0 {
		return fmt.Errorf("kind: a %s has no end of its own; give its length in the experiment, e.g. for: 60s", kind)
	}
	if kind == v1alpha1.KindSchedule {
		r.SetKind(v1alpha1.KindWorkflow)
		r.Object["spec"] = map[string]any{
			"entry": scheduleTemplate,
			"templates": []any{map[string]any{
				"name": scheduleTemplate, "templateType": v1alpha1.KindSchedule, "schedule": r.Object["spec"],
			}},
		}
	}
	entry, _, err := unstructured.NestedString(r.Object, "spec", "entry")
	if err != nil {
		return fmt.Errorf("spec.entry: %w", err)
	}
	templates, _, err := unstructured.NestedSlice(r.Object, "spec", "templates")
	if err != nil {
		return fmt.Errorf("spec.templates: %w", err)
	}
	for _, node := range templates {
		if template, ok := node.(map[string]any); ok && template["name"] == entry {
			template["deadline"] = length.String()
		}
	}
	return unstructured.SetNestedSlice(r.Object, templates, "spec", "templates")
}

// startsOthers reports whether resources of the kind start faults of other kinds.
func startsOthers(kind string) bool {
	return kind == v1alpha1.KindSchedule || kind == v1alpha1.KindWorkflow
}

// place puts the namespaces of the setup into every selector below the node, and
// refuses selectors that choose nothing: Chaos Mesh takes an empty one for every
// pod of its namespaces. The namespaces of the manifest are those of the cluster
// that it was written for; the labels decide which components are hit.
func (d *Driver) place(node any, path string) error {
	switch node := node.(type) {
	case []any:
		var problems []error
		for i, child := range node {
			problems = append(problems, d.place(child, fmt.Sprintf("%s.%d", path, i)))
		}
		return errors.Join(problems...)
	case map[string]any:
		var problems []error
		for _, key := range sortedKeys(node) {
			at := path + "." + key
			selector, isMap := node[key].(map[string]any)
			if _, hasMode := node["mode"]; key == "selector" && isMap && hasMode {
				problems = append(problems, d.placeSelector(selector, at))
				continue
			}
			problems = append(problems, d.place(node[key], at))
		}
		return errors.Join(problems...)
	}
	return nil
}

func (d *Driver) placeSelector(selector map[string]any, path string) error {
	narrow := false
	for _, key := range []string{
		"labelSelectors", "expressionSelectors", "pods", "fieldSelectors", "annotationSelectors",
	} {
		switch value := selector[key].(type) {
		case map[string]any:
			narrow = narrow || len(value) > 0
		case []any:
			narrow = narrow || len(value) > 0
		}
	}
	if !narrow {
		return fmt.Errorf("%s: chooses nothing, and Chaos Mesh takes that for every pod of the namespace; "+
			"narrow it, e.g. labelSelectors: {app.kubernetes.io/name: postgresql}", path)
	}
	if pods, ok := selector["pods"].(map[string]any); ok {
		for namespace := range pods {
			if !slices.Contains(d.Namespaces, namespace) {
				return fmt.Errorf("%s.pods: namespace %s is not among those that the setup allows: %s",
					path, namespace, strings.Join(d.Namespaces, ", "))
			}
		}
	}
	namespaces := make([]any, 0, len(d.Namespaces))
	for _, n := range d.Namespaces {
		namespaces = append(namespaces, n)
	}
	selector["namespaces"] = namespaces
	return nil
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
