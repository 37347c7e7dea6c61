package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
	"k8s.io/apimachinery/pkg/util/validation"

	"example.org/odooharness/chaos/kind"
)

// rules are what this project requires beyond Chaos Mesh's validation: a name, a
// class, a selector that is written down, a known action with what it needs, and
// an end for every fault that lasts.
func rules(p *problems, d *Document, root *yaml.Node) {
	metaRules(p, root)
	serverRules(p, root)
	specLine, spec := child(root, "spec")
	switch {
	case d.Schedule != nil:
		scheduleRules(p, d.Schedule, specLine, spec)
	case d.Workflow != nil:
		workflowRules(p, d.Workflow, spec)
	default:
		specRules(p, d, specLine, spec)
		durationRules(p, d, specLine, spec)
		crdRules(p, d.kind, specLine, spec)
	}
}

// metaRules checks name, class and labels.
func metaRules(p *problems, root *yaml.Node) {
	metaLine, meta := child(root, "metadata")
	nameLine, name := child(meta, "name")
	if wrong := validation.IsDNS1123Subdomain(name.Value); name.Value == "" {
		p.add(metaLine, "metadata.name", "missing; name the fault, e.g. postgres-slow")
	} else if len(wrong) > 0 {
		p.add(nameLine, "metadata.name", "%q is no name for Kubernetes: %s", name.Value, wrong[0])
	} else if len(name.Value) > longestName {
		p.add(nameLine, "metadata.name", "has %d characters; at most %d leave room for the name of the run in a label",
			len(name.Value), longestName)
	}
	annotationLine, annotations := child(meta, "annotations")
	classLine, class := child(annotations, ClassAnnotation)
	if annotations.Kind == 0 {
		annotationLine = metaLine
	}
	if class.Value == "" {
		p.add(annotationLine, "metadata.annotations", "%s is missing; write one of %s",
			ClassAnnotation, strings.Join(Classes(), ", "))
	} else if !slices.Contains(Classes(), class.Value) {
		p.add(classLine, "metadata.annotations."+ClassAnnotation, "unknown class %q; one of %s",
			class.Value, strings.Join(Classes(), ", "))
	}
	for i := 0; i+1 < len(annotations.Content); i += 2 {
		key := annotations.Content[i]
		if wrong := validation.IsQualifiedName(strings.ToLower(key.Value)); len(wrong) > 0 {
			p.add(key.Line, "metadata.annotations."+key.Value, "is no key for Kubernetes: %s", wrong[0])
		}
	}
	_, labels := child(meta, "labels")
	labelRules(p, "metadata.labels", labels)
	namespaceLine, namespace := child(meta, "namespace")
	if wrong := validation.IsDNS1123Label(namespace.Value); namespace.Value != "" && len(wrong) > 0 {
		p.add(namespaceLine, "metadata.namespace", "%q is no name for Kubernetes: %s", namespace.Value, wrong[0])
	}
}

// pauseAnnotation makes Chaos Mesh wait before it injects.
const pauseAnnotation = "experiment.chaos-mesh.org/pause"

// serverRules refuses fields with which a fault would not start, or not end: those that the
// cluster fills in, and those that tie the fault to other resources.
func serverRules(p *problems, root *yaml.Node) {
	_, meta := child(root, "metadata")
	for _, field := range []struct{ name, why string }{
		{"ownerReferences", "the cluster deletes the fault with its owner"}, {"finalizers", "the fault could not be deleted"},
		{"deletionTimestamp", "it is of a fault that is being deleted"},
		{"resourceVersion", "the cluster refuses it for a new resource"},
		{"uid", "it is that of another resource"},
	} {
		if line, node := child(meta, field.name); node.Kind != 0 {
			p.add(line, "metadata."+field.name, "%s; remove it", field.why)
		}
	}
	_, annotations := child(meta, "annotations")
	if line, pause := child(annotations, pauseAnnotation); pause.Kind != 0 {
		p.add(line, "metadata.annotations."+pauseAnnotation, "Chaos Mesh would not inject a fault that is paused; remove it")
	}
	if line, status := child(root, "status"); status.Kind == yaml.MappingNode && len(status.Content) > 0 {
		p.add(line, "status", "it is of a fault that has run, and has no effect; remove it")
	}
}

// longestName leaves room for -<run>-<number> within the 63 characters of a label's
// value: Chaos Mesh labels what a Workflow starts with the Workflow's name.
const longestName = 45

// labelRules checks the keys and values of a mapping of labels.
func labelRules(p *problems, at string, labels *yaml.Node) {
	for i := 0; i+1 < len(labels.Content); i += 2 {
		key, value := labels.Content[i], labels.Content[i+1]
		if wrong := validation.IsQualifiedName(key.Value); len(wrong) > 0 {
			p.add(key.Line, at+"."+key.Value, "is no key for Kubernetes: %s", wrong[0])
		}
		if wrong := validation.IsValidLabelValue(value.Value); len(wrong) > 0 {
			p.add(value.Line, at+"."+key.Value, "%q is no value for Kubernetes: %s", value.Value, wrong[0])
		}
	}
}

// specRules checks the spec of one fault, whether it is a manifest of its own or is
// started by a Workflow or Schedule.
func specRules(p *problems, d *Document, specLine int, spec *yaml.Node) {
	if line, node := child(spec, "remoteCluster"); node.Kind != 0 {
		p.add(line, "spec.remoteCluster", "Chaos Mesh would inject in another cluster, whose pods no plan can show; "+
			"remove it, and run the harness against that cluster")
	}
	selectorRules(p, d, specLine, spec)
	actionRules(p, d, specLine, spec)
	networkRules(p, d, specLine, spec)
	stressRules(p, d, specLine, spec)
	valueRules(p, d, spec)
}

func selectorRules(p *problems, d *Document, specLine int, spec *yaml.Node) {
	line, node := child(spec, "selector")
	if node.Kind == 0 {
		line = specLine
	}
	s := d.podSelector().Selector
	if len(s.LabelSelectors)+len(s.ExpressionSelectors)+len(s.Pods)+len(s.FieldSelectors)+len(s.AnnotationSelectors) == 0 {
		p.add(line, "spec.selector", "selects everything in its namespaces; narrow it, "+
			"e.g. labelSelectors: {app.kubernetes.io/name: postgresql}")
	}
	modes := []string{"one", "all", "fixed", "fixed-percent", "random-max-percent"}
	modeLine, mode := child(spec, "mode")
	if !slices.Contains(modes, mode.Value) {
		p.add(modeLine, "spec.mode", "must be one of %s, not %q", strings.Join(modes, ", "), mode.Value)
	}
	if line, value := child(spec, "value"); slices.Contains([]string{"one", "all"}, mode.Value) && value.Value != "" {
		p.add(line, "spec.value", "has no effect with mode %s; remove it, or write mode: fixed or mode: fixed-percent", mode.Value)
	}
	matchRules(p, "spec.selector", node)
	if _, target := child(spec, "target"); d.Network != nil {
		_, peers := child(target, "selector")
		matchRules(p, "spec.target.selector", peers)
	}
}

// matchRules checks keys, values and operators of a selector: Kubernetes refuses, or
// never matches, what is not a label.
func matchRules(p *problems, at string, selector *yaml.Node) {
	for _, name := range []string{"labelSelectors", "nodeSelectors", "annotationSelectors"} { // Chaos Mesh reads all as labels
		_, labels := child(selector, name)
		labelRules(p, at+"."+name, labels)
	}
	nameRules(p, at, selector)
	_, expressions := child(selector, "expressionSelectors")
	for i, e := range expressions.Content {
		at := fmt.Sprintf("%s.expressionSelectors[%d]", at, i)
		_, operator := child(e, "operator")
		_, values := child(e, "values")
		operators := map[string]bool{"In": true, "NotIn": true, "Exists": false, "DoesNotExist": false} // whether it needs values
		needs, known := operators[operator.Value]
		switch {
		case !known:
			p.add(operator.Line, at+".operator", "must be one of %s, not %q",
				strings.Join(slices.Sorted(maps.Keys(operators)), ", "), operator.Value)
		case needs && len(values.Content) == 0:
			p.add(e.Line, at+".values", "missing: %s compares with them", operator.Value)
		case !needs && len(values.Content) > 0:
			p.add(values.Line, at+".values", "have no meaning for %s; remove them", operator.Value)
		}
		if _, key := child(e, "key"); len(validation.IsQualifiedName(key.Value)) > 0 {
			p.add(key.Line, at+".key", "%q is no key for Kubernetes: %s", key.Value, validation.IsQualifiedName(key.Value)[0])
		}
		for _, value := range values.Content {
			if wrong := validation.IsValidLabelValue(value.Value); len(wrong) > 0 {
				p.add(value.Line, at+".values", "%q is no value for Kubernetes: %s", value.Value, wrong[0])
			}
		}
	}
	_, phases := child(selector, "podPhaseSelectors")
	for i, phase := range phases.Content {
		if !slices.Contains(podPhases(), strings.TrimPrefix(phase.Value, "!")) {
			p.add(phase.Line, fmt.Sprintf("%s.podPhaseSelectors[%d]", at, i), "unknown phase %q; one of %s, or one of them after a !",
				phase.Value, strings.Join(podPhases(), ", "))
		}
	}
}

// nameRules checks the names in a selector: of namespaces, nodes, pods and fields.
func nameRules(p *problems, at string, selector *yaml.Node) {
	is := func(node *yaml.Node, at, of string, wrong []string) {
		if len(wrong) > 0 {
			p.add(node.Line, at, "%q is no name of a %s: %s", node.Value, of, wrong[0])
		}
	}
	_, namespaces := child(selector, "namespaces")
	for i, n := range namespaces.Content {
		is(n, fmt.Sprintf("%s.namespaces[%d]", at, i), "namespace", validation.IsDNS1123Label(n.Value))
	}
	_, nodes := child(selector, "nodes")
	for i, n := range nodes.Content {
		is(n, fmt.Sprintf("%s.nodes[%d]", at, i), "node", validation.IsDNS1123Subdomain(n.Value))
	}
	_, pods := child(selector, "pods")
	for i := 0; i+1 < len(pods.Content); i += 2 {
		namespace, names := pods.Content[i], pods.Content[i+1]
		is(namespace, at+".pods."+namespace.Value, "namespace", validation.IsDNS1123Label(namespace.Value))
		if len(names.Content) == 0 {
			p.add(namespace.Line, at+".pods."+namespace.Value, "names no pod; list them, e.g. [odoo-0]")
		}
		for j, n := range names.Content {
			is(n, fmt.Sprintf("%s.pods.%s[%d]", at, namespace.Value, j), "pod", validation.IsDNS1123Subdomain(n.Value))
		}
	}
	_, fields := child(selector, "fieldSelectors")
	for i := 0; i+1 < len(fields.Content); i += 2 {
		if f := fields.Content[i]; !slices.Contains(podFields(), f.Value) {
			p.add(f.Line, at+".fieldSelectors."+f.Value, "pods are not selected by this field; one of %s",
				strings.Join(podFields(), ", "))
		}
	}
}

// podFields lists the fields by which Kubernetes and Chaos Mesh select pods.
func podFields() []string {
	return []string{
		"metadata.name", "metadata.namespace", "spec.nodeName", "spec.restartPolicy", "spec.schedulerName",
		"spec.serviceAccountName", "status.phase", "status.podIP", "status.nominatedNodeName",
	}
}

// podPhases lists the phases of a pod.
func podPhases() []string { return []string{"Pending", "Running", "Succeeded", "Failed", "Unknown"} }

// actionRules checks the action. The kinds without spec.action have no list to compare
// with.
func actionRules(p *problems, d *Document, specLine int, spec *yaml.Node) {
	line, node := child(spec, "action")
	if node.Kind == 0 {
		line = specLine
	}
	actions := kind.Actions(d.kind)
	if d.hasAction() && !slices.Contains(actions, node.Value) {
		p.add(line, "spec.action", "must be one of %s, not %q", strings.Join(actions, ", "), node.Value)
		return
	}
	switch {
	case d.Postgres != nil:
		postgresRules(p, d.Postgres, line, spec)
	case d.Redis != nil:
		redisRules(p, d.Redis, line, spec)
	case d.Odoo != nil:
		if d.Odoo.Spec.Parameters != nil && d.Odoo.Spec.Parameters.Workers < 0 {
			p.add(line, "spec.parameters.workers", "must not be negative")
		}
	case d.Carrier != nil:
		if c := d.Carrier.Spec.Parameters; c != nil && (c.Percent < 1 || c.Percent > 100) {
			p.add(line, "spec.parameters.percent", "must be from 1 to 100, not %d", c.Percent)
		}
	case d.HTTP != nil && httpAction(d.HTTP) == "":
		p.add(specLine, "spec", "does nothing; add abort: true, or delay: 500ms")
	}
}

// durationRules demands an end for a fault that lasts.
func durationRules(p *problems, d *Document, specLine int, spec *yaml.Node) {
	text := d.duration()
	if text == nil || *text == "" {
		if row, known := kind.Find(d.kind, d.action()); !known || row.Lasts {
			p.add(specLine, "spec.duration", "missing: the fault would last until somebody removes it; "+
				"add its maximum, e.g. duration: 60s")
		}
		return
	}
	line, _ := child(spec, "duration")
	positive(p, line, "spec.duration", *text)
}

// positive checks a duration that Chaos Mesh's validation can read.
func positive(p *problems, line int, at, text string) {
	length, err := time.ParseDuration(text)
	switch {
	case err != nil: // reported by Chaos Mesh's validation
	case length <= 0:
		p.add(line, at, "must be longer than nothing, not %s", text)
	}
}
