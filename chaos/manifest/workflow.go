package manifest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	"go.yaml.in/yaml/v4"
	"k8s.io/apimachinery/pkg/util/validation"

	"example.org/odooharness/chaos/kind"
)

// templateKinds are the kinds of fault that a template may start: those whose pods a
// plan can show.
func templateKinds() []string {
	return []string{
		v1alpha1.KindPodChaos, v1alpha1.KindNetworkChaos, v1alpha1.KindStressChaos, v1alpha1.KindIOChaos,
		v1alpha1.KindHTTPChaos, v1alpha1.KindDNSChaos, v1alpha1.KindTimeChaos,
	}
}

// scheduleRules checks the times of a Schedule and the fault that it starts.
func scheduleRules(p *problems, s *v1alpha1.Schedule, specLine int, spec *yaml.Node) {
	line, _ := child(spec, "schedule")
	if err := parseCron(s.Spec.Schedule); err != nil {
		p.add(line, "spec.schedule", "%q is no cron expression (%v); write e.g. \"*/5 * * * *\" or \"@every 30s\"",
			s.Spec.Schedule, err)
	}
	line, _ = child(spec, "type")
	if !slices.Contains(templateKinds(), string(s.Spec.Type)) {
		p.add(line, "spec.type", "must be one of %s, not %q: of others no plan can show the pods",
			strings.Join(templateKinds(), ", "), s.Spec.Type)
	} else {
		embeddedRules(p, "spec", string(s.Spec.Type), &s.Spec.EmbedChaos, specLine, spec, durationRules)
	}
	if node := grandchild(spec, "workflow"); node != nil {
		p.add(node.Line, "spec.workflow", "belongs to type Workflow, which is not possible here; remove it")
	}
}

// parseCron reads a cron expression as Chaos Mesh does. The library panics on some.
func parseCron(text string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("malformed: %v", p)
		}
	}()
	times, err := v1alpha1.StandardCronParser.Parse(text)
	if err != nil {
		return err
	}
	if every, ok := strings.CutPrefix(text, "@every "); ok {
		if length, err := time.ParseDuration(every); err == nil && length < time.Second {
			return errors.New("it repeats after at least 1s")
		}
	}
	if times.Next(time.Unix(0, 0)).IsZero() {
		return errors.New("no such day comes")
	}
	return nil
}

// grandchild returns the value of a key, nil when there is none.
func grandchild(node *yaml.Node, key string) *yaml.Node {
	if _, value := child(node, key); value.Kind != 0 {
		return value
	}
	return nil
}

// embeddedRules checks that exactly the spec of the type is there, and the spec itself.
func embeddedRules(
	p *problems, at, typ string, e *v1alpha1.EmbedChaos, line int, node *yaml.Node,
	end func(*problems, *Document, int, *yaml.Node),
) {
	steps, others := embedded(at, e)
	found := false
	for _, step := range steps {
		key := strings.TrimPrefix(step.Path, at+".")
		specLine, spec := child(node, key)
		if step.Document.kind != typ {
			p.add(specLine, step.Path, "has no effect with type %s; remove it", typ)
			continue
		}
		found = true
		inner := p.within(step.Path)
		for _, problem := range validate(step.Document) {
			line, at := lineOf(spec, problem.Field)
			inner.add(line, strings.TrimSuffix("spec."+at, "."), "%s", problem.ErrorBody())
		}
		if len(inner.found) == 0 {
			specRules(inner, step.Document, specLine, spec)
			end(inner, step.Document, specLine, spec)
			crdRules(inner, step.Document.kind, specLine, spec)
		}
		p.merge(inner)
	}
	for _, key := range others {
		line, _ := child(node, key)
		p.add(line, at+"."+key, "has no effect with type %s; remove it", typ)
	}
	if !found {
		p.add(line, at, "type %s without its spec; add %s", typ, fieldOf(typ))
	}
}

// fieldOf is the field of a template that has the spec of a kind.
func fieldOf(kind string) string {
	switch kind {
	case v1alpha1.KindIOChaos:
		return "ioChaos"
	case v1alpha1.KindHTTPChaos:
		return "httpChaos"
	case v1alpha1.KindDNSChaos:
		return "dnsChaos"
	}
	return strings.ToLower(kind[:1]) + kind[1:]
}

// workflowRules checks the templates of a Workflow, the lists of children, and that
// Chaos Mesh ends it: by the deadline of its entry.
func workflowRules(p *problems, w *v1alpha1.Workflow, spec *yaml.Node) {
	templatesLine, nodes := child(spec, "templates")
	if len(w.Spec.Templates) == 0 {
		p.add(templatesLine, "spec.templates", "missing; a Workflow starts the faults of its templates")
		return
	}
	names := map[string]int{}
	for i, t := range w.Spec.Templates {
		at, node := fmt.Sprintf("spec.templates[%d]", i), nodes.Content[i]
		line, _ := child(node, "name")
		if first, twice := names[t.Name]; twice {
			p.add(line, at+".name", "%q is the name of the template on line %d, too", t.Name, first)
			continue
		}
		names[t.Name] = line
		if wrong := validation.IsDNS1123Subdomain(t.Name); len(wrong) > 0 {
			p.add(line, at+".name", "%q is no name for Kubernetes: %s", t.Name, wrong[0])
		}
	}
	entryLine, _ := child(spec, "entry")
	if _, there := names[w.Spec.Entry]; !there {
		p.add(entryLine, "spec.entry", "there is no template %q", w.Spec.Entry)
	}
	for i, t := range w.Spec.Templates {
		at := fmt.Sprintf("spec.templates[%d]", i)
		templateRules(p, at, t, nodes.Content[i], names, t.Name == w.Spec.Entry)
		fieldRules(p, at, t.Type, nodes.Content[i])
	}
	if len(p.found) > 0 {
		return
	}
	times := starts(w.Spec)
	for i, t := range w.Spec.Templates {
		switch line := names[t.Name]; {
		case times[t.Name] == 0:
			p.add(line, fmt.Sprintf("spec.templates[%d]", i), "%s is never started: no list of children that begins at the entry "+
				"names it; add it to one, or remove it", t.Name)
		case times[t.Name] >= mostStarts:
			p.add(line, fmt.Sprintf("spec.templates[%d].children", i), "%s starts without end, by itself or by its children; "+
				"remove it from the lists below it", t.Name)
		}
	}
}

func templateRules(p *problems, at string, t v1alpha1.Template, node *yaml.Node, names map[string]int, entry bool) {
	line, _ := child(node, "templateType")
	deadline := ""
	if t.Deadline != nil {
		deadline = *t.Deadline
	}
	deadlineLine, _ := child(node, "deadline")
	switch {
	case deadline == "" && entry:
		p.add(deadlineLine, at+".deadline", "missing: the deadline of the entry is what ends the Workflow "+
			"when nobody removes it; add e.g. deadline: 60s")
	case deadline == "" && t.Type == v1alpha1.TypeSuspend:
		p.add(deadlineLine, at+".deadline", "missing: the template waits that long; add e.g. deadline: 10s")
	case deadline != "":
		if _, err := time.ParseDuration(deadline); err != nil {
			p.add(deadlineLine, at+".deadline", "%q is no duration; write e.g. 60s", deadline)
		}
		positive(p, deadlineLine, at+".deadline", deadline)
	}
	switch t.Type {
	case v1alpha1.TypeSuspend:
	case v1alpha1.TypeSerial, v1alpha1.TypeParallel:
		childrenLine, children := child(node, "children")
		if len(t.Children) == 0 {
			p.add(childrenLine, at+".children", "missing: a template of type %s starts them", t.Type)
		}
		for i, name := range t.Children {
			if _, there := names[name]; !there {
				p.add(children.Content[i].Line, fmt.Sprintf("%s.children[%d]", at, i), "there is no template %q", name)
			}
		}
	case v1alpha1.TypeSchedule:
		p.add(line, at+".templateType", "what a Schedule within a Workflow starts cannot be followed; list the fault as a template "+
			"of its own, and that in children once for each time")
	case v1alpha1.TypeTask, v1alpha1.TypeStatusCheck:
		p.add(line, at+".templateType", "a %s runs a program or requests of its own in the cluster, which no plan can show; "+
			"remove it", t.Type)
	default:
		if !slices.Contains(templateKinds(), string(t.Type)) {
			p.add(line, at+".templateType", "must be Serial, Parallel, Suspend or one of %s, not %q: of others no plan can show the pods",
				strings.Join(templateKinds(), ", "), t.Type)
			return
		}
		embeddedRules(p, at, string(t.Type), t.EmbedChaos, line, node, withoutDuration)
	}
}

// fieldRules refuses fields that have no meaning for a template's type and no problem
// yet.
func fieldRules(p *problems, at string, typ v1alpha1.TemplateType, node *yaml.Node) {
	allowed := []string{"name", "templateType", "deadline"}
	switch typ {
	case v1alpha1.TypeSerial, v1alpha1.TypeParallel:
		allowed = append(allowed, "children")
	case v1alpha1.TypeSuspend:
	default:
		if !slices.Contains(templateKinds(), string(typ)) {
			return // the type itself is refused
		}
		allowed = append(allowed, fieldOf(string(typ)))
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if full := at + "." + key.Value; !slices.Contains(allowed, key.Value) && !p.has(full) {
			p.add(key.Line, full, "has no effect with type %s; remove it", typ)
		}
	}
}

// withoutDuration refuses a duration within a Workflow, as Chaos Mesh does: the
// template's deadline takes its place.
func withoutDuration(p *problems, d *Document, _ int, spec *yaml.Node) {
	line, node := child(spec, "duration")
	if _, known := kind.Find(d.kind, d.action()); known && node.Kind != 0 {
		p.add(line, "spec.duration", "has no place within a Workflow; write the template's deadline")
	}
}
