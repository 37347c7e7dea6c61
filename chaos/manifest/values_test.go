package manifest

import (
	"strings"
	"testing"
)

// Values that the API server takes and Chaos Mesh's daemon refuses or ignores are refused
// with their field: the plan shows what the fault does.
func TestValues(t *testing.T) {
	const io, http = "volumePath: /d, ", "port: 80, "
	usual := []string{"mode: all", "selector: {labelSelectors: {a: b}}", "duration: 9s"}
	for _, test := range []struct {
		kind, spec string
		want       string // the only problem, from its field; empty: accepted
	}{
		{"IOChaos", "action: latency, delay: 10ms, volumePath: data", `spec.volumePath: "data" is no absolute path: it is where the volume is mounted`},
		{"IOChaos", io + "action: latency, delay: 10ms, methods: [read, READ]", `spec.methods[1]: unknown value "READ"; one of lookup, forget`},
		{"IOChaos", io + "action: latency, delay: 10ms, methods: [read, bmap], percent: 1", ""},
		{"IOChaos", io + "action: latency", "spec.delay: missing: action latency does nothing without it; add e.g. delay: 10ms"},
		{"IOChaos", io + "action: latency, delay: 10ms, errno: 5", "spec.errno: has no effect here; it belongs to action fault"},
		{"IOChaos", io + "action: latency, delay: 10ms, percent: 0", "spec.percent: Chaos Mesh reads 0 as the default, 100; write at least 1"},
		{"IOChaos", io + "action: fault, errno: 133", ""},
		{"IOChaos", io + "action: fault, errno: 134", "spec.errno: Linux has no error 134"},
		{"IOChaos", io + "action: attrOverride", "spec.attr: missing: action attrOverride does nothing without it"},
		{"IOChaos", io + "action: attrOverride, attr: {kind: file}", `spec.attr.kind: unknown value "file"; one of namedPipe`},
		{"IOChaos", io + "action: mistake", "spec.mistake: missing"},
		{"HTTPChaos", "target: Request, port: 65536, abort: true", "spec.port: is a port from 1 to 65535, not 65536"},
		{"HTTPChaos", http + "target: Request, abort: true, code: 500", "spec.code: has no effect here; it belongs to target Response"},
		{"HTTPChaos", http + "target: Response, abort: true, code: 42", "spec.code: is a status from 100 to 599, not 42"},
		{"HTTPChaos", http + "target: Response, abort: true, code: 500", ""},
		{"HTTPChaos", http + "target: Request, delay: 10", "spec.delay: must be a duration with its unit, not 10; write e.g. 10s"},
		{"HTTPChaos", http + "target: Request, abort: true, response_headers: {a: b}", "spec.response_headers: has no effect here"},
		{"HTTPChaos", http + "target: Request, patch: {body: {type: XML, value: x}}", `spec.patch.body.type: unknown value "XML"; one of JSON`},
		{"HTTPChaos", http + "target: Request, patch: {body: {type: JSON, value: '{'}}", "spec.patch.body.value: is not JSON: {"},
		{"HTTPChaos", http + "target: Request, patch: {queries: [[a]]}", "spec.patch.queries[0]: must be a name and a value, not a list of 1"},
		{"HTTPChaos", http + "target: Response, patch: {headers: [[a, b], [a, b, c]]}", "spec.patch.headers[1]: must be a name and a value"},
		{"HTTPChaos", http + "target: Response, patch: {queries: [[a, b]]}", "spec.patch.queries: has no effect here; it belongs to target Request"},
		{"HTTPChaos", http + "target: Request, replace: {code: 200}", "spec.replace.code: has no effect here; it belongs to target Response"},
		{"HTTPChaos", http + "target: Response, replace: {path: /a}", "spec.replace.path: has no effect here; it belongs to target Request"},
		{"DNSChaos", "action: error, patterns: ['example.*', 'ex?mple.org']", ""},
		{"DNSChaos", "action: error, patterns: ['*.example.org']", `spec.patterns[0]: "*.example.org": a * is possible at the end alone`},
		{"DNSChaos", "action: error, patterns: ['goo gle']", `spec.patterns[0]: "goo gle" matches no host name`},
		{"DNSChaos", "action: error, patterns: ['']", `spec.patterns[0]: "" matches no host name`},
		{"TimeChaos", "timeOffset: -10m, clockIds: [CLOCK_REALTIME, REALTIME]", `spec.clockIds[1]: unknown value "REALTIME"`},
		{"TimeChaos", "timeOffset: 0s", "spec.timeOffset: 0 moves no clock"},
		{"NetworkChaos", "action: delay, delay: {latency: 10ms, correlation: '200'}", "spec.delay.correlation: is a percentage from 0 to 100, not 200"},
		{"NetworkChaos", "action: delay, delay: {latency: 10ms, correlation: '0'}", ""},
		{"NetworkChaos", "action: delay, delay: {latency: 0s}", "spec.delay.latency: 0 delays nothing"},
		{"NetworkChaos", "action: loss, loss: {loss: '-5'}", "spec.loss.loss: is a percentage from 0 to 100, not -5"},
		{"NetworkChaos", "action: loss, loss: {loss: '0'}", "spec.loss.loss: 0 does nothing"},
		{"NetworkChaos", "action: duplicate, duplicate: {duplicate: '101'}", "spec.duplicate.duplicate: is a percentage"},
		{"NetworkChaos", "action: corrupt, corrupt: {corrupt: NaN}", "spec.corrupt.corrupt: is a percentage from 0 to 100, not NaN"},
		{"NetworkChaos", "action: netem", "spec.action: netem without delay, loss, duplicate and corrupt does nothing"},
		{"NetworkChaos", "action: bandwidth, bandwidth: {rate: 0mbps, limit: 1, buffer: 1}", "spec.bandwidth.rate: 0mbps is no rate of a device"},
		{"NetworkChaos", "action: delay, delay: {latency: 1ms}, externalTargets: [10.0.0.0/24, 10.0.0.1, '10.0.0.1:80', example.org, '[::1]:80']", ""},
		{"NetworkChaos", "action: delay, delay: {latency: 1ms}, externalTargets: [10.0.0.0/33]", `spec.externalTargets[0]: "10.0.0.0/33" is no address`},
		{"NetworkChaos", "action: delay, delay: {latency: 1ms}, externalTargets: [a b]", `spec.externalTargets[0]: "a b" is no address`},
		{"PodChaos", "action: pod-kill, containerNames: [odoo]", "spec.containerNames: has no effect here; it belongs to container-kill: pod-kill hits every container"},
		{"PodChaos", "action: pod-failure, gracePeriod: 3", "spec.gracePeriod: has no effect here; it belongs to pod-kill"},
		{"PodChaos", "action: pod-kill, gracePeriod: 3", ""},
		{"PodChaos", "action: container-kill, containerNames: [A_B]", `spec.containerNames[0]: "A_B" is no name of a container`},
		{"PodChaos", "action: pod-kill, mode: fixed, value: x", `spec.value: "x" is no whole number; write e.g. "2"`},
		{"PodChaos", "action: pod-failure, mode: all, value: '3'", "spec.value: has no effect with mode all; remove it"},
		{"PodChaos", "action: container-kill", "spec: action container-kill needs containerNames"},
		{"PodChaos", "action: pod-kill, gracePeriod: -5", "spec.gracePeriod: must be at least 0, not -5"},
		{"PodChaos", "action: pod-failure, mode: fixed-percent, value: 5%", `spec.value: "5%" is no whole number`},
		{"NetworkChaos", "action: loss, loss: {loss: 5%}", `spec.loss.loss: "5%" is no percentage; write a number from 0 to 100 without a sign, e.g. "5"`},
		{"NetworkChaos", "action: bandwidth, bandwidth: {rate: 1MB/s, limit: 1, buffer: 1}", `spec.bandwidth.rate: "1MB/s" is no rate; write a whole number and a unit`},
		{"StressChaos", "stressors: {memory: {workers: 1, size: 5XB}}", `spec.stressors: "5XB" is no size; write e.g. 256MB`},
		{"PodChaos", "action: pod-failure, selector: {namespaces: [Bad_NS], labelSelectors: {a: b}}", `spec.selector.namespaces[0]: "Bad_NS" is no name`},
		{"PodChaos", "action: pod-failure, selector: {nodes: [a b], labelSelectors: {a: b}}", `spec.selector.nodes[0]: "a b" is no name of a node`},
		{"PodChaos", "action: pod-failure, selector: {pods: {shop: [odoo-0, Odoo_1]}}", `spec.selector.pods.shop[1]: "Odoo_1" is no name of a pod`},
		{"PodChaos", "action: pod-failure, selector: {pods: {shop: []}}", "spec.selector.pods.shop: names no pod"},
		{"PodChaos", "action: pod-failure, selector: {pods: {Shop: [a]}}", `spec.selector.pods.Shop: "Shop" is no name of a namespace`},
		{"PodChaos", "action: pod-failure, selector: {fieldSelectors: {metadata.name: a}}", ""},
		{"PodChaos", "action: pod-failure, selector: {fieldSelectors: {metadata.uid: a}}", "spec.selector.fieldSelectors.metadata.uid: pods are not selected"},
		{"PodChaos", "action: pod-failure, selector: {annotationSelectors: {k: a b}}", `spec.selector.annotationSelectors.k: "a b" is no value`},
		{"NetworkChaos", "action: delay, delay: {latency: 1ms}, target: {mode: all, selector: {namespaces: [A], labelSelectors: {a: b}}}, direction: both",
			`spec.target.selector.namespaces[0]: "A" is no name of a namespace`},
	} {
		spec := test.spec
		outer, _, _ := strings.Cut(spec, "target: {")
		for _, field := range usual {
			if key, _, _ := strings.Cut(field, " "); !strings.Contains(outer, ", "+key) {
				spec += ", " + field
			}
		}
		raw := "apiVersion: chaos-mesh.org/v1alpha1\nkind: " + test.kind +
			"\nmetadata: {name: f, annotations: {odoo-harness/class: redis}}\nspec: {" + spec + "}\n"
		_, err := Parse("m.yaml", []byte(raw))
		found := flatten(err)
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s, %s: %v", test.kind, test.spec, err)
		case test.want != "" && (len(found) != 1 || !strings.HasPrefix(found[0].Error(), "m.yaml:4: "+test.want)):
			t.Errorf("%s, %s: got %v, want %q alone", test.kind, test.spec, err, test.want)
		}
	}
}
