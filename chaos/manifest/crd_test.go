package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	"go.yaml.in/yaml/v4"
)

// specs are the Go types of spec, by kind.
func specs() map[string]reflect.Type {
	return map[string]reflect.Type{
		"PodChaos": reflect.TypeFor[v1alpha1.PodChaosSpec](), "NetworkChaos": reflect.TypeFor[v1alpha1.NetworkChaosSpec](),
		"StressChaos": reflect.TypeFor[v1alpha1.StressChaosSpec](), "IOChaos": reflect.TypeFor[v1alpha1.IOChaosSpec](),
		"HTTPChaos": reflect.TypeFor[v1alpha1.HTTPChaosSpec](), "DNSChaos": reflect.TypeFor[v1alpha1.DNSChaosSpec](),
		"TimeChaos": reflect.TypeFor[v1alpha1.TimeChaosSpec](),
	}
}

// property is a field in a CustomResourceDefinition.
type property struct {
	Type                 string
	Format               string
	Properties           map[string]property
	Items                *property
	AdditionalProperties *property
}

// Every field of every kind is read with the type that its CustomResourceDefinition
// gives it, and no other: a value of the right type has no problem, one of a wrong type
// has one, at its field.
func TestFieldsAreThoseOfTheCRD(t *testing.T) {
	var schemas map[string]property
	if err := json.Unmarshal(crds, &schemas); err != nil {
		t.Fatal(err)
	}
	fields := 0
	for kind, typ := range specs() {
		var visit func(at string, p property, typ reflect.Type)
		visit = func(at string, p property, typ reflect.Type) {
			for typ.Kind() == reflect.Pointer {
				typ = typ.Elem()
			}
			right, wrong := "x", "[]"
			switch {
			case p.Type == "object" && p.Properties != nil:
				known := fieldsOf(typ)
				for name, inner := range p.Properties {
					if known[name] == nil {
						t.Errorf("%s: %s.%s is in the CRD and not read", kind, at, name)
						continue
					}
					visit(at+"."+name, inner, known[name])
					delete(known, name)
				}
				for name := range known {
					t.Errorf("%s: %s.%s is read and not in the CRD", kind, at, name)
				}
				right, wrong = "{}", "x"
			case p.Type == "object" && p.AdditionalProperties != nil:
				visit(at+".key", *p.AdditionalProperties, typ.Elem())
				right, wrong = "{}", "x"
			case p.Type == "array":
				visit(at+"[0]", *p.Items, typ.Elem())
				right, wrong = "[]", "x"
			case p.Type == "integer":
				right, wrong = "1", `"1"`
			case p.Type == "number":
				right, wrong = "1.5", "x"
			case p.Type == "boolean":
				right, wrong = "true", `"true"`
			case p.Format == "byte":
				right, wrong = "aGk=", "hi!"
			case p.Type == "string":
				right, wrong = "x", "1"
			default:
				t.Fatalf("%s: %s has type %q, which the test does not know", kind, at, p.Type)
			}
			fields++
			for value, want := range map[string]int{right: 0, wrong: 1} {
				p := &problems{}
				walk(p, node(t, value), typ, at)
				if len(p.found) != want || want == 1 && p.found[0].At != at {
					t.Errorf("%s: %s: %s has problems %v, want %d", kind, at, value, p.err(), want)
				}
			}
		}
		visit("spec", schemas[kind], typ)
	}
	if fields < 200 {
		t.Errorf("%d fields compared, which cannot be all", fields)
	}
}

func node(t *testing.T, text string) *yaml.Node {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	return document.Content[0]
}

// What the API server would refuse is refused here, with the field.
func TestConstraintsOfTheCRD(t *testing.T) {
	const network, bandwidth = "action: delay", "action: bandwidth"
	for _, test := range []struct {
		kind, spec string
		want       string // a problem, without file and line; empty: accepted
	}{
		{"NetworkChaos", network + ", delay: {latency: 10ms}", ""},
		{"NetworkChaos", network + ", delay: {jitter: 10ms}", "spec.delay.latency"},
		{"NetworkChaos", network + ", delay: {latency: 1m30s}", `spec.delay.latency: "1m30s" is no duration of one number and one unit`},
		{"NetworkChaos", network + ", delay: {latency: 10ms, reorder: {gap: 1}}", "spec.delay.reorder"},
		{"NetworkChaos", network + ", delay: {latency: 10ms}, direction: down", "spec.direction: must be to, from or both"},
		{"NetworkChaos", network + ", delay: {latency: 10ms}, partitionBehavior: x", "spec.partitionBehavior: must be drop or reject"},
		{"NetworkChaos", network + ", delay: {latency: 10ms}, target: {mode: all}", "spec.target.selector: missing"},
		{"NetworkChaos", bandwidth + ", bandwidth: {rate: 1mbit, limit: 1, buffer: 1}", ""},
		{"NetworkChaos", bandwidth + ", bandwidth: {rate: 1mbit, limit: 0, buffer: 1}", "spec.bandwidth.limit"},
		{"NetworkChaos", bandwidth + ", bandwidth: {rate: 1mbit}", "spec.bandwidth.limit: missing"},
		{"NetworkChaos", bandwidth + ", bandwidth: {rate: 1mbit, limit: 1, buffer: 1, minburst: 5000000000}", "spec.bandwidth.minburst"},
		{"IOChaos", "action: latency, delay: 10ms", "spec.volumePath"},
		{"IOChaos", "action: latency, delay: 10ms, volumePath: /data", ""},
		{"IOChaos", "action: mistake, volumePath: /data, mistake: {filling: ones, maxOccurrences: 1, maxLength: 1}", "spec.mistake.filling"},
		{"IOChaos", "action: mistake, volumePath: /data, mistake: {filling: zero, maxOccurrences: 0, maxLength: 1}", "spec.mistake.maxOccurrences"},
		{"HTTPChaos", "port: 80, abort: true", "target  is not supported"},
		{"HTTPChaos", "target: Both, port: 80, abort: true", "spec.target"},
		{"HTTPChaos", "target: Request, port: 80, abort: true, method: GET, path: '*'", ""},
		{"HTTPChaos", "target: Request, port: 80, abort: true, method: FETCH", "FETCH"},
		{"HTTPChaos", "target: Response, port: 80, replace: {body: aGk=}", ""},
		{"HTTPChaos", "target: Response, port: 80, replace: {body: hi there}", `spec.replace.body: must be base64, as Kubernetes writes bytes; write "aGkgdGhlcmU="`},
		{"HTTPChaos", "target: Request, port: 80, abort: true, tls: {certName: a, keyName: b, secretName: c}", "spec.tls.secretNamespace: missing"},
		{"StressChaos", "stressors: {cpu: {workers: 9000}}", "spec.stressors.cpu.workers"},
		{"StressChaos", "stressors: {cpu: {workers: 1, load: 101}}", "spec.stressors.cpu.load"},
		{"StressChaos", "stressors: {memory: {workers: 1, size: 1GB, oomScoreAdj: 2000}}", "spec.stressors.memory.oomScoreAdj"},
		{"PodChaos", "action: pod-kill, gracePeriod: -1", "spec.gracePeriod"},
		{"TimeChaos", "clockIds: [CLOCK_REALTIME]", "timeOffset"},
		{"DNSChaos", "action: lie", "spec.action: must be one of error, random"},
	} {
		raw := "apiVersion: chaos-mesh.org/v1alpha1\nkind: " + test.kind + "\nmetadata: {name: f, annotations: {odoo-harness/class: redis}}\n" +
			"spec: {mode: all, selector: {labelSelectors: {a: b}}, duration: 9s, " + test.spec + "}\n"
		_, err := Parse("m.yaml", []byte(raw))
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s, %s: %v", test.kind, test.spec, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s, %s: got %v, want %q", test.kind, test.spec, err, test.want)
		}
		var places []string
		for _, problem := range flatten(err) {
			place := fmt.Sprint(problem.Line, problem.At)
			if slices.Contains(places, place) {
				t.Errorf("%s, %s: two problems for one field: %v", test.kind, test.spec, err)
			}
			places = append(places, place)
		}
	}
}

// flatten returns the problems that an error joins.
func flatten(err error) []*Problem {
	var one *Problem
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []*Problem
		for _, e := range joined.Unwrap() {
			all = append(all, flatten(e)...)
		}
		return all
	}
	if errors.As(err, &one) {
		return []*Problem{one}
	}
	return nil
}
