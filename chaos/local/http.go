package local

import (
	"errors"
	"fmt"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"

	"example.org/odooharness/chaos"
	"example.org/odooharness/results"
)

// httpFields returns the fields of an HTTPChaos that a proxy cannot follow.
func httpFields(spec *v1alpha1.HTTPChaosSpec) error {
	var problems []error
	refuse := func(set bool, field, why string) {
		if set {
			problems = append(problems, fmt.Errorf("spec.%s: %s", field, why))
		}
	}
	const unread = "the local proxy carries TCP and does not read HTTP; leave it out and hit every request, or run on Chaos Mesh"
	refuse(spec.Path != nil && *spec.Path != "*" && *spec.Path != "/*", "path", unread)
	refuse(spec.Method != nil, "method", unread)
	refuse(spec.Code != nil, "code", unread)
	refuse(len(spec.RequestHeaders) > 0, "request_headers", unread)
	refuse(len(spec.ResponseHeaders) > 0, "response_headers", unread)
	action := spec.Abort != nil && *spec.Abort || spec.Delay != nil // else the row refuses replace and patch
	refuse(action && spec.Replace != nil, "replace", unread)
	refuse(action && spec.Patch != nil, "patch", unread)
	refuse(spec.TLS != nil, "tls", unread)
	both := spec.Abort != nil && *spec.Abort && spec.Delay != nil
	refuse(both, "delay", "cannot be combined with abort; write one manifest each")
	return errors.Join(problems...)
}

// buildHTTP makes the fault on the component's proxy.
func buildHTTP(r request, part Part) (chaos.Fault, error) {
	spec := &r.document.HTTP.Spec
	if part.Kind == results.KindPostgres || part.Kind == results.KindRedis {
		return nil, fmt.Errorf("spec.selector: %s does not speak HTTP; write NetworkChaos", part.Name)
	}
	if part.Proxy == nil {
		return nil, fmt.Errorf("spec.selector: the traffic of %s passes no proxy that could impair it; %s", part.Name,
			addProxy(part.Name))
	}
	e := edge{part: part, proxy: part.Proxy, kind: part.Kind}
	direction := "downstream"
	if spec.Target == v1alpha1.PodHttpRequest {
		direction = "upstream"
	}
	if spec.Delay != nil {
		latency, err := milliseconds("spec.delay", *spec.Delay)
		if err != nil {
			return nil, err
		}
		return newDelay(r.manifest.Name, e, latency, 0, []string{direction}), nil
	}
	return newReset(r.manifest.Name, e, direction), nil
}
