package wire

import (
	"fmt"

	"example.org/odooharness/results"
)

// Share is the part of a script's load that one of several generators offers: its stripe of
// the arrivals, and of the documents. The zero Share is all of it.
type Share struct {
	Index int // from 0
	Of    int // generators of the script
}

// Several reports whether other generators offer the rest.
func (s Share) Several() bool { return s.Of > 1 }

// Segment returns the share as k6's execution segment, and the sequence of all segments.
func (s Share) Segment() (segment, sequence string) {
	bound := func(i int) string {
		switch i {
		case 0:
			return "0"
		case s.Of:
			return "1"
		}
		return fmt.Sprintf("%d/%d", i, s.Of)
	}
	for i := range s.Of + 1 {
		if i > 0 {
			sequence += ","
		}
		sequence += bound(i)
	}
	return bound(s.Index) + ":" + bound(s.Index+1), sequence
}

// Generator names the load generator in messages: "dispatch", or "dispatch 2 of 3".
func (s *Spec) Generator() string {
	if !s.Share.Several() {
		return s.Name
	}
	return s.generator().Name()
}

// File is the part of file names that belongs to the load generator: dispatch, or
// dispatch.2of3.
func (s *Spec) File() string {
	if !s.Share.Several() {
		return s.Name
	}
	return s.generator().File()
}

func (s *Spec) generator() results.Generator {
	return results.Generator{Scenario: s.Name, Index: s.Share.Index + 1, Of: s.Share.Of}
}
