package local

import (
	"context"
	"errors"
	"fmt"

	"example.org/odooharness/chaos/local/probe"
	"example.org/odooharness/results"
)

// toxic is one impairment to put in a proxy's chain.
type toxic struct {
	name, kind, direction string
	attrs                 map[string]float64
}

// toxicSet puts toxics in one proxy and takes them out. It is what the network
// faults have in common; what they prove differs.
type toxicSet struct {
	part   Part
	proxy  Proxy // of part, or of its peer
	kind   results.Kind
	toxics []toxic
}

// Prepare checks that the component answers through its proxy: a fault on one
// that does not answer would prove nothing.
func (s *toxicSet) Prepare(ctx context.Context) error {
	if _, err := probe.Ping(ctx, s.kind, s.proxy.Address(), 5*probe.Limit); err != nil {
		return fmt.Errorf("%s does not answer at %s: %w", s.part.Name, s.proxy.Address(), err)
	}
	return nil
}

// Inject adds every toxic.
func (s *toxicSet) Inject(ctx context.Context) error {
	for _, t := range s.toxics {
		if err := s.proxy.AddToxic(ctx, t.name, t.kind, t.direction, t.attrs); err != nil {
			return err
		}
	}
	return nil
}

// Recover removes every toxic.
func (s *toxicSet) Recover(ctx context.Context) error {
	var problems []error
	for _, t := range s.toxics {
		problems = append(problems, s.proxy.RemoveToxic(ctx, t.name))
	}
	return errors.Join(problems...)
}

// Close has nothing to release.
func (s *toxicSet) Close(context.Context) error { return nil }

// inChain reports whether the proxy has all toxics, and whether that can be read.
func (s *toxicSet) inChain() (all bool, can bool) {
	lister, can := s.proxy.(interface{ HasToxic(name string) bool })
	if !can {
		return false, false
	}
	for _, t := range s.toxics {
		if !lister.HasToxic(t.name) {
			return false, true
		}
	}
	return true, true
}

// streams translates a direction of Chaos Mesh, as seen from the selected
// component, to directions of the proxy. When the proxy is the peer's, the
// selected component is the client and the directions swap.
func streams(direction string, ofPeer bool) []string {
	sends, receives := "downstream", "upstream"
	if ofPeer {
		sends, receives = receives, sends
	}
	switch direction {
	case "from":
		return []string{receives}
	case "both":
		return []string{sends, receives}
	}
	return []string{sends}
}
