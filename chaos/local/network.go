package local

import (
	"errors"
	"fmt"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"

	"example.org/odooharness/chaos"
)

// buildNetwork makes the fault on every proxy between the component and its peers.
func buildNetwork(r request, part Part) (chaos.Fault, error) {
	spec := &r.document.Network.Spec
	found, err := edges([]Part{part}, r.driver.parts, spec.Target)
	if err != nil {
		return nil, err
	}
	var faults []chaos.Fault
	var problems []error
	for _, e := range found {
		fault, err := impair(r.manifest.Name, spec, e)
		faults, problems = append(faults, fault), append(problems, err)
	}
	return chaos.All(faults...), errors.Join(problems...)
}

// networkFields returns the fields of a NetworkChaos that a proxy cannot follow.
func networkFields(spec *v1alpha1.NetworkChaosSpec) error {
	var problems []error
	refuse := func(set bool, field, why string) {
		if set {
			problems = append(problems, fmt.Errorf("spec.%s: %s", field, why))
		}
	}
	refuse(len(spec.ExternalTargets) > 0, "externalTargets",
		"a local proxy cannot distinguish addresses; leave it out, or name a component with spec.target")
	refuse(spec.Device != "", "device", "there is no network device to impair, only the proxy; leave it out")
	refuse(spec.TargetDevice != "", "targetDevice", "there is no network device to impair, only the proxy; leave it out")
	refuse(spec.Delay != nil && spec.Delay.Reorder != nil, "delay.reorder", "a TCP stream has one order; leave it out")
	refuse(spec.Delay != nil && correlated(spec.Delay.Correlation), "delay.correlation",
		"each chunk's jitter is independent; leave it out or write \"0\"")
	return errors.Join(problems...)
}

func correlated(text string) bool { return text != "" && text != "0" }

// impair makes the fault on one edge.
func impair(name string, spec *v1alpha1.NetworkChaosSpec, e edge) (chaos.Fault, error) {
	directions := streams(string(spec.Direction), e.ofPeer)
	switch spec.Action {
	case v1alpha1.DelayAction:
		latency, err := milliseconds("spec.delay.latency", spec.Delay.Latency)
		if err != nil {
			return nil, err
		}
		jitter := time.Duration(0)
		if spec.Delay.Jitter != "" {
			if jitter, err = time.ParseDuration(spec.Delay.Jitter); err != nil {
				return nil, fmt.Errorf("spec.delay.jitter: %w", err)
			}
		}
		return newDelay(name, e, latency, jitter, directions), nil
	case v1alpha1.BandwidthAction:
		rate, err := parseRate(spec.Bandwidth.Rate)
		if err != nil {
			return nil, fmt.Errorf("spec.bandwidth.rate: %w", err)
		}
		if rate < 1000 {
			return nil, fmt.Errorf("spec.bandwidth.rate: the proxy counts in 1000 bytes a second, %q is less; write at least 8kbit",
				spec.Bandwidth.Rate)
		}
		return newBandwidth(name, e, rate, directions), nil
	case v1alpha1.PartitionAction:
		if spec.PartitionBehavior == v1alpha1.RejectPartitionBehavior {
			return newReject(e), nil
		}
		return newBlackHole(name, e, directions), nil
	}
	return nil, fmt.Errorf("spec.action: the local driver does not know %s", spec.Action)
}

// milliseconds reads a delay that the proxy can make.
func milliseconds(field, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s: %w", field, err)
	case d < time.Millisecond:
		return 0, fmt.Errorf("%s: the proxy counts in milliseconds, %s is less; write at least 1ms", field, text)
	}
	return d, nil
}
