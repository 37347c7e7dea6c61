package manifest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"

	"example.org/odooharness/chaos/kind"
)

// Step is a fault that a Workflow or Schedule starts.
type Step struct {
	Path     string    // of its spec in the file: spec.templates[1].podChaos
	Document *Document // as if it were a manifest of its own
	Times    int       // how often a Workflow starts it; 1 for a Schedule
}

// Steps returns the faults that a Workflow or Schedule starts, nil for the other kinds.
// It assumes a document that [Parse] accepted.
func (d *Document) Steps() []Step {
	switch {
	case d.Schedule != nil:
		steps, _ := embedded("spec", &d.Schedule.Spec.EmbedChaos)
		return steps
	case d.Workflow != nil:
		var all []Step
		times := starts(d.Workflow.Spec)
		for i, t := range d.Workflow.Spec.Templates {
			steps, _ := embedded(fmt.Sprintf("spec.templates[%d]", i), t.EmbedChaos)
			for _, step := range steps {
				step.Times = times[t.Name]
				all = append(all, step)
			}
		}
		return all
	}
	return nil
}

// embedded returns the faults within a template, and the names of the fields of kinds
// that this project does not know.
func embedded(path string, e *v1alpha1.EmbedChaos) (steps []Step, others []string) {
	if e == nil {
		return nil, nil
	}
	value := reflect.ValueOf(e).Elem()
	for i := range value.NumField() {
		if value.Field(i).IsNil() {
			continue
		}
		name, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("json"), ",")
		document := alone(value.Field(i).Interface())
		if document == nil {
			others = append(others, name)
			continue
		}
		steps = append(steps, Step{Path: path + "." + name, Document: document, Times: 1})
	}
	return steps, others
}

// alone makes an embedded spec a document of its own: Chaos Mesh's validators expect
// the object of the kind around it. It returns nil for a kind that is not known.
func alone(spec any) *Document {
	switch spec := spec.(type) {
	case *v1alpha1.PodChaosSpec:
		return &Document{kind: v1alpha1.KindPodChaos, Pod: &v1alpha1.PodChaos{Spec: *spec}}
	case *v1alpha1.NetworkChaosSpec:
		return &Document{kind: v1alpha1.KindNetworkChaos, Network: &v1alpha1.NetworkChaos{Spec: *spec}}
	case *v1alpha1.StressChaosSpec:
		return &Document{kind: v1alpha1.KindStressChaos, Stress: &v1alpha1.StressChaos{Spec: *spec}}
	case *v1alpha1.IOChaosSpec:
		return &Document{kind: v1alpha1.KindIOChaos, IO: &v1alpha1.IOChaos{Spec: *spec}}
	case *v1alpha1.HTTPChaosSpec:
		return &Document{kind: v1alpha1.KindHTTPChaos, HTTP: &v1alpha1.HTTPChaos{Spec: *spec}}
	case *v1alpha1.DNSChaosSpec:
		return &Document{kind: v1alpha1.KindDNSChaos, DNS: &v1alpha1.DNSChaos{Spec: *spec}}
	case *v1alpha1.TimeChaosSpec:
		return &Document{kind: v1alpha1.KindTimeChaos, Time: &v1alpha1.TimeChaos{Spec: *spec}}
	}
	return nil
}

// mostStarts bounds the number of starts that is counted: lists of children can nest
// to exponential size.
const mostStarts = 1_000_000

// starts counts how often a Workflow starts each template, from its entry. A template
// that is its own descendant counts as mostStarts.
func starts(w v1alpha1.WorkflowSpec) map[string]int {
	children := map[string][]string{}
	for _, t := range w.Templates {
		children[t.Name] = t.Children
	}
	// below counts the starts of every template within one run of a template.
	below := map[string]map[string]int{}
	var count func(name string, above []string) map[string]int
	count = func(name string, above []string) map[string]int {
		if slices.Contains(above, name) {
			return map[string]int{name: mostStarts}
		}
		if known, ok := below[name]; ok {
			return known
		}
		total := map[string]int{name: 1}
		for _, child := range children[name] {
			for template, n := range count(child, append(slices.Clone(above), name)) {
				total[template] = min(mostStarts, total[template]+n)
			}
		}
		below[name] = total
		return total
	}
	return maps.Clone(count(w.Entry, nil))
}

// Starts counts how often a Workflow starts each of its templates, by name.
func (d *Document) Starts() map[string]int { return starts(d.Workflow.Spec) }

// destroys reports whether the fault, or one that it starts, destroys.
func (d *Document) destroys() bool {
	steps := d.Steps()
	if len(steps) == 0 {
		row, _ := kind.Find(d.kind, d.action())
		return row.Destroys
	}
	return slices.ContainsFunc(steps, func(s Step) bool { return s.Document.destroys() })
}

// Kind is the kind of the document.
func (d *Document) Kind() string { return d.kind }

// Action is spec.action, or what takes its place in a kind without one.
func (d *Document) Action() string { return d.action() }
