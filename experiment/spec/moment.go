package spec

import (
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"example.org/odooharness/experiment/file"
)

// Moment is a point of a trial: a time since its base instant, or an offset from
// a landmark that a scenario declares.
type Moment struct {
	Landmark string // cutoff, or dispatch.cutoff when two scenarios have one; empty: the base instant
	Offset   time.Duration
	Line     int
}

// UnmarshalYAML reads 45s, cutoff, cutoff-90s, dispatch.cutoff+10s.
func (m *Moment) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := parseMoment(node.Value)
	if err != nil {
		return err
	}
	*m = parsed
	m.Line = node.Line
	return nil
}

// String is the notation that parses back.
func (m Moment) String() string {
	switch {
	case m.Landmark == "":
		return m.Offset.String()
	case m.Offset == 0:
		return m.Landmark
	case m.Offset < 0:
		return m.Landmark + m.Offset.String()
	}
	return m.Landmark + "+" + m.Offset.String()
}

// parseMoment tries every split at a sign, longest landmark first, since
// landmarks may hold hyphens themselves: batch-start-10s.
func parseMoment(text string) (Moment, error) {
	if offset, err := time.ParseDuration(text); err == nil {
		if offset < 0 {
			return Moment{}, fmt.Errorf("moment %q lies before the trial", text)
		}
		return Moment{Offset: offset}, nil
	}
	for i := len(text) - 1; i > 0; i-- {
		if text[i] != '+' && text[i] != '-' {
			continue
		}
		if offset, err := time.ParseDuration(text[i:]); err == nil {
			return Moment{Landmark: text[:i], Offset: offset}, nil
		}
	}
	if text == "" || strings.ContainsAny(text, " +") {
		return Moment{}, fmt.Errorf("moment %q: write 45s, or a landmark with an offset: cutoff-90s", text)
	}
	return Moment{Landmark: text}, nil
}

// Resolve gives the time since the base instant.
func (m Moment) Resolve(landmarks map[string]time.Duration) (time.Duration, error) {
	if m.Landmark == "" {
		return m.Offset, nil
	}
	at, ok := landmarks[m.Landmark]
	if !ok {
		return 0, fmt.Errorf("landmark %q is not declared; there are %s", m.Landmark, file.Known(landmarks))
	}
	return at + m.Offset, nil
}
