package manifest

import (
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/chaos/kind"
)

// rules are what this project requires beyond Chaos Mesh's validation: a name, a
// class, a selector that is written down, a known action with what it needs, and
// an end for every fault that lasts.
func rules(p *problems, d *Document, root *yaml.Node) {
	metaLine, meta := child(root, "metadata")
	if _, name := child(meta, "name"); name.Value == "" {
		p.add(metaLine, "metadata.name", "missing; name the fault, e.g. postgres-slow")
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
	specLine, spec := child(root, "spec")
	selectorRules(p, d, specLine, spec)
	actionRules(p, d, specLine, spec)
	durationRules(p, d, specLine, spec)
	networkRules(p, d, specLine, spec)
	stressRules(p, d, specLine, spec)
}

func selectorRules(p *problems, d *Document, specLine int, spec *yaml.Node) {
	selector := d.podSelector()
	if selector == nil {
		return // Schedule, Workflow: their templates have selectors
	}
	line, node := child(spec, "selector")
	if node.Kind == 0 {
		line = specLine
	}
	s := selector.Selector
	if len(s.LabelSelectors)+len(s.ExpressionSelectors)+len(s.Pods)+len(s.FieldSelectors)+len(s.AnnotationSelectors) == 0 {
		p.add(line, "spec.selector", "selects everything in its namespaces; narrow it, "+
			"e.g. labelSelectors: {app.kubernetes.io/name: postgresql}")
	}
	modes := []string{"one", "all", "fixed", "fixed-percent", "random-max-percent"}
	modeLine, mode := child(spec, "mode")
	if !slices.Contains(modes, mode.Value) {
		p.add(modeLine, "spec.mode", "must be one of %s, not %q", strings.Join(modes, ", "), mode.Value)
	}
}

// actionRules checks the action. Schedule, Workflow and the kinds without spec.action
// have no list to compare with.
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
	length, err := time.ParseDuration(*text)
	switch {
	case err != nil: // reported by Chaos Mesh's validation
	case length <= 0:
		p.add(line, "spec.duration", "must be longer than nothing, not %s", *text)
	}
}
