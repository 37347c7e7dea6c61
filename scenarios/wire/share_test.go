package wire

import "testing"

// The names and segments of generators, by hand.
func TestShares(t *testing.T) {
	for _, c := range []struct {
		share                              Share
		generator, file, segment, sequence string
	}{
		{Share{}, "dispatch", "dispatch", "", ""},
		{Share{Of: 1}, "dispatch", "dispatch", "0:1", "0,1"},
		{Share{0, 2}, "dispatch 1 of 2", "dispatch.1of2", "0:1/2", "0,1/2,1"},
		{Share{1, 3}, "dispatch 2 of 3", "dispatch.2of3", "1/3:2/3", "0,1/3,2/3,1"},
		{Share{2, 3}, "dispatch 3 of 3", "dispatch.3of3", "2/3:1", "0,1/3,2/3,1"},
	} {
		s := Spec{Name: "dispatch", Share: c.share}
		if s.Generator() != c.generator || s.File() != c.file {
			t.Errorf("%+v: got %q and %q, want %q and %q", c.share, s.Generator(), s.File(), c.generator, c.file)
		}
		if c.segment == "" {
			continue
		}
		if segment, sequence := c.share.Segment(); segment != c.segment || sequence != c.sequence {
			t.Errorf("%+v: got %s of %s, want %s of %s", c.share, segment, sequence, c.segment, c.sequence)
		}
	}
}
