package manifest

import (
	"fmt"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/chaos-mesh/chaos-mesh/api/genericwebhook"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/kind"
)

// Document is the typed object of a manifest: the field of its kind is set.
type Document struct {
	kind string

	Pod      *v1alpha1.PodChaos
	Network  *v1alpha1.NetworkChaos
	Stress   *v1alpha1.StressChaos
	IO       *v1alpha1.IOChaos
	HTTP     *v1alpha1.HTTPChaos
	DNS      *v1alpha1.DNSChaos
	Time     *v1alpha1.TimeChaos
	Schedule *v1alpha1.Schedule
	Workflow *v1alpha1.Workflow
	Postgres *PostgresChaos
	Redis    *RedisChaos
	Odoo     *OdooChaos
	Carrier  *CarrierChaos
}

// schema is what Parse needs to know about a kind.
type schema struct {
	name       string
	apiVersion string
	object     func() any // fills the document's field of the kind with an empty object, and returns it
}

// schemas returns the schema of every kind, bound to the document.
func schemas(d *Document) []schema {
	return []schema{
		mesh("PodChaos", &d.Pod), mesh("NetworkChaos", &d.Network), mesh("StressChaos", &d.Stress),
		mesh("IOChaos", &d.IO), mesh("HTTPChaos", &d.HTTP), mesh("DNSChaos", &d.DNS),
		mesh("TimeChaos", &d.Time), mesh("Schedule", &d.Schedule), mesh("Workflow", &d.Workflow),
		own("PostgresChaos", &d.Postgres), own("RedisChaos", &d.Redis), own("OdooChaos", &d.Odoo),
		own("CarrierChaos", &d.Carrier),
	}
}

func mesh[T any](name string, slot **T) schema { return bind(name, MeshVersion, slot) }
func own[T any](name string, slot **T) schema  { return bind(name, OwnVersion, slot) }

func bind[T any](name, version string, slot **T) schema {
	return schema{
		name: name, apiVersion: version,
		object: func() any { *slot = new(T); return *slot },
	}
}

// validate runs Chaos Mesh's own validation on the object of the document. It panics
// on some input; the error then names the kind. Schedule and Workflow have rules here.
func validate(d *Document) (found field.ErrorList) {
	object := d.object()
	if object == nil {
		return nil
	}
	defer func() {
		if p := recover(); p != nil {
			found = field.ErrorList{field.InternalError(field.NewPath("spec"),
				fmt.Errorf("the validation of Chaos Mesh fails on this %s: %v", d.kind, p))}
		}
	}()
	genericwebhook.Default(object)
	return genericwebhook.Validate(object)
}

// object is the typed object of a single fault, nil for a Schedule or Workflow.
func (d *Document) object() any {
	switch {
	case d.Pod != nil:
		return d.Pod
	case d.Network != nil:
		return d.Network
	case d.Stress != nil:
		return d.Stress
	case d.IO != nil:
		return d.IO
	case d.HTTP != nil:
		return d.HTTP
	case d.DNS != nil:
		return d.DNS
	case d.Time != nil:
		return d.Time
	case d.Postgres != nil:
		return d.Postgres
	case d.Redis != nil:
		return d.Redis
	case d.Odoo != nil:
		return d.Odoo
	case d.Carrier != nil:
		return d.Carrier
	}
	return nil
}

// Decode returns the typed object of a manifest that [Parse] accepted.
func Decode(m chaos.Manifest) (*Document, error) {
	document, _, err := read(m.Path, m.Raw)
	if err != nil {
		return nil, fmt.Errorf("decode manifest: %w", err)
	}
	return document, nil
}

// hasAction reports whether the kind has a field spec.action.
func (d *Document) hasAction() bool {
	return d.Pod != nil || d.Network != nil || d.IO != nil || d.DNS != nil || kind.Component(d.kind) != ""
}

// Selector returns what the manifest selects. The namespaces are not part of it:
// they are where a cluster keeps the components, not which they are. The error
// joins every field that only a cluster can match.
func (d *Document) Selector() (chaos.Selector, error) {
	selector := d.podSelector()
	if selector == nil {
		return chaos.Selector{}, fmt.Errorf("spec.selector: this kind has none")
	}
	return SelectorOf("spec.selector", selector)
}

// PostgresParameters are those of a PostgresChaos; empty when there are none.
func (d *Document) PostgresParameters() PostgresParameters {
	if d.Postgres == nil || d.Postgres.Spec.Parameters == nil {
		return PostgresParameters{}
	}
	return *d.Postgres.Spec.Parameters
}

// RedisParameters are those of a RedisChaos; empty when there are none.
func (d *Document) RedisParameters() RedisParameters {
	if d.Redis == nil || d.Redis.Spec.Parameters == nil {
		return RedisParameters{}
	}
	return *d.Redis.Spec.Parameters
}

func (d *Document) podSelector() *v1alpha1.PodSelector {
	switch {
	case d.Pod != nil:
		return &d.Pod.Spec.PodSelector
	case d.Network != nil:
		return &d.Network.Spec.PodSelector
	case d.Stress != nil:
		return &d.Stress.Spec.PodSelector
	case d.IO != nil:
		return &d.IO.Spec.PodSelector
	case d.HTTP != nil:
		return &d.HTTP.Spec.PodSelector
	case d.DNS != nil:
		return &d.DNS.Spec.PodSelector
	case d.Time != nil:
		return &d.Time.Spec.PodSelector
	case d.Postgres != nil:
		return &d.Postgres.Spec.PodSelector
	case d.Redis != nil:
		return &d.Redis.Spec.PodSelector
	case d.Odoo != nil:
		return &d.Odoo.Spec.PodSelector
	case d.Carrier != nil:
		return &d.Carrier.Spec.PodSelector
	}
	return nil
}

// action is spec.action, or what takes its place in kinds that have none.
func (d *Document) action() string {
	switch {
	case d.Pod != nil:
		return string(d.Pod.Spec.Action)
	case d.Network != nil:
		return string(d.Network.Spec.Action)
	case d.Stress != nil:
		return stressAction(d.Stress)
	case d.IO != nil:
		return string(d.IO.Spec.Action)
	case d.HTTP != nil:
		return httpAction(d.HTTP)
	case d.DNS != nil:
		return string(d.DNS.Spec.Action)
	case d.Time != nil:
		return "shift"
	case d.Schedule != nil:
		return string(d.Schedule.Spec.Type)
	case d.Workflow != nil:
		return "workflow"
	case d.Postgres != nil:
		return d.Postgres.Spec.Action
	case d.Redis != nil:
		return d.Redis.Spec.Action
	case d.Odoo != nil:
		return d.Odoo.Spec.Action
	case d.Carrier != nil:
		return d.Carrier.Spec.Action
	}
	return ""
}

func stressAction(s *v1alpha1.StressChaos) string {
	switch {
	case s.Spec.StressngStressors != "":
		return "stress-ng"
	case s.Spec.Stressors == nil:
		return ""
	case s.Spec.Stressors.CPUStressor != nil && s.Spec.Stressors.MemoryStressor != nil:
		return "cpu+memory"
	case s.Spec.Stressors.MemoryStressor != nil:
		return "memory"
	case s.Spec.Stressors.CPUStressor != nil:
		return "cpu"
	}
	return ""
}

func httpAction(h *v1alpha1.HTTPChaos) string {
	switch {
	case h.Spec.Abort != nil && *h.Spec.Abort:
		return "abort"
	case h.Spec.Delay != nil:
		return "delay"
	case h.Spec.Replace != nil:
		return "replace"
	case h.Spec.Patch != nil:
		return "patch"
	}
	return ""
}

// duration is spec.duration as written.
func (d *Document) duration() *string {
	switch {
	case d.Pod != nil:
		return d.Pod.Spec.Duration
	case d.Network != nil:
		return d.Network.Spec.Duration
	case d.Stress != nil:
		return d.Stress.Spec.Duration
	case d.IO != nil:
		return d.IO.Spec.Duration
	case d.HTTP != nil:
		return d.HTTP.Spec.Duration
	case d.DNS != nil:
		return d.DNS.Spec.Duration
	case d.Time != nil:
		return d.Time.Spec.Duration
	case d.Postgres != nil:
		return d.Postgres.Spec.Duration
	case d.Redis != nil:
		return d.Redis.Spec.Duration
	case d.Odoo != nil:
		return d.Odoo.Spec.Duration
	case d.Workflow != nil: // its entry's deadline ends all of it
		for _, template := range d.Workflow.Spec.Templates {
			if template.Name == d.Workflow.Spec.Entry {
				return template.Deadline
			}
		}
	case d.Carrier != nil:
		return d.Carrier.Spec.Duration
	}
	return nil
}
