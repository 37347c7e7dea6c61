package local

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"

	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/results"
)

// edge is the proxy that a network fault impairs, and which of its two sides is
// the selected component's.
type edge struct {
	part   Part         // selected
	proxy  Proxy        // part's own, or its peer's
	kind   results.Kind // of the component behind the proxy
	ofPeer bool         // the proxy is the peer's: part is its client
}

func (e edge) set() toxicSet { return toxicSet{part: e.part, proxy: e.proxy, kind: e.kind} }

// callers lists the kinds of component that call a kind. The callers of the ingress
// are outside the setup.
func callers(kind results.Kind) []results.Kind {
	switch kind {
	case results.KindPostgres:
		return []results.Kind{results.KindOdoo, results.KindPooler}
	case results.KindPooler:
		return []results.Kind{results.KindOdoo}
	case results.KindRedis:
		return []results.Kind{results.KindOdoo, results.KindConnector}
	case results.KindOdoo:
		return []results.Kind{results.KindIngress, results.KindConnector}
	case results.KindCarrier:
		return []results.Kind{results.KindConnector, results.KindOdoo}
	}
	return nil
}

// frontDoor is the edge of a fault without a target.
func frontDoor(part Part) (edge, error) {
	switch {
	case part.Kind == results.KindOdoo || part.Kind == results.KindConnector:
		return edge{}, fmt.Errorf("spec.target: missing: %s calls other components, and no single proxy "+
			"carries its traffic; name the peer, e.g. "+
			"target: {mode: all, selector: {labelSelectors: {app.kubernetes.io/name: postgresql}}}", part.Name)
	case part.Proxy == nil:
		return edge{}, fmt.Errorf("spec.selector: the traffic of %s passes no proxy that could impair it; %s", part.Name,
			addProxy(part.Name))
	}
	return edge{part: part, proxy: part.Proxy, kind: part.Kind}, nil
}

// peersOf lists the kinds that a kind talks to, or is called by.
func peersOf(kind results.Kind) string {
	var peers []string
	for _, peer := range callers(kind) {
		peers = append(peers, string(peer))
	}
	for _, other := range []results.Kind{results.KindPostgres, results.KindPooler, results.KindRedis, results.KindOdoo,
		results.KindCarrier} {
		if slices.Contains(callers(other), kind) {
			peers = append(peers, string(other))
		}
	}
	return strings.Join(peers, " or ")
}

// addProxy is what to write for a component without a proxy.
func addProxy(name string) string {
	return `add proxy: {listen: "127.0.0.1:PORT", upstream: "HOST:PORT"} to ` + name +
		" in the setup file, and point its clients at listen"
}

// edges finds the proxies of a NetworkChaos: one a selected part, or with a
// target one a pair of parts that talk to each other.
func edges(selected, every []Part, target *v1alpha1.PodSelector) ([]edge, error) {
	var found []edge
	var problems []error
	if target == nil {
		for _, part := range selected {
			e, err := frontDoor(part)
			found, problems = append(found, e), append(problems, err)
		}
		return found, errors.Join(problems...)
	}
	selector, err := manifest.SelectorOf("spec.target", target)
	if err != nil {
		return nil, err
	}
	if selector.Mode != "all" {
		return nil, fmt.Errorf("spec.target.mode: the proxy in front of a component carries all its callers; write mode: all")
	}
	var peers []Part
	for _, part := range every {
		if selector.Matches(part.Labels) {
			peers = append(peers, part)
		}
	}
	for _, part := range selected {
		pairs, err := between(part, peers, every)
		found, problems = append(found, pairs...), append(problems, err)
	}
	return found, errors.Join(problems...)
}

// between finds the edges of one part to its peers of the same stack.
func between(part Part, peers, every []Part) ([]edge, error) {
	var found []edge
	var problems []error
	for _, peer := range peers {
		if stack(peer) != stack(part) {
			continue
		}
		e := edge{part: part}
		caller := part
		switch {
		case slices.Contains(callers(part.Kind), peer.Kind):
			e.proxy, e.kind = part.Proxy, part.Kind
			problems = append(problems, everyCaller(part, peers, every))
		case slices.Contains(callers(peer.Kind), part.Kind):
			e.proxy, e.kind, e.ofPeer = peer.Proxy, peer.Kind, true
			problems = append(problems, everyCaller(peer, []Part{caller}, every))
		default:
			continue
		}
		if e.proxy == nil {
			front := part.Name
			if e.ofPeer {
				front = peer.Name
			}
			problems = append(problems, fmt.Errorf("spec.target: the traffic between %s and %s passes no proxy; %s",
				part.Name, peer.Name, addProxy(front)))
			continue
		}
		if !slices.ContainsFunc(found, func(other edge) bool { return other.proxy == e.proxy }) {
			found = append(found, e)
		}
	}
	if len(found) == 0 && errors.Join(problems...) == nil {
		problems = append(problems, fmt.Errorf("spec.target: matches nothing that talks to %s, which are components of kind %s; "+
			"add one with the labels of the target to the setup file, or leave target out", part.Name, peersOf(part.Kind)))
	}
	return found, errors.Join(problems...)
}

// everyCaller refuses a target that leaves out a caller: the proxy in front of the
// server cannot distinguish its callers.
func everyCaller(server Part, named, every []Part) error {
	var left []string
	for _, part := range every {
		if stack(part) == stack(server) && slices.Contains(callers(server.Kind), part.Kind) &&
			!slices.ContainsFunc(named, func(n Part) bool { return n.Name == part.Name }) {
			left = append(left, part.Name)
		}
	}
	if len(left) == 0 {
		return nil
	}
	return fmt.Errorf("spec.target: the proxy in front of %s also carries %s and cannot distinguish them; "+
		"select %s and leave spec.target out, or name every caller", server.Name, strings.Join(left, ", "), server.Name)
}

// stack is the part of a component's name before the slash.
func stack(part Part) string {
	name, _, _ := strings.Cut(part.Name, "/")
	return name
}
