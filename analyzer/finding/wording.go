package finding

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"example.org/odooharness/results"
)

// Percent formats a share for a sentence, with two digits of what is missing.
func Percent(share float64) string {
	p := 100 * share
	if gap := math.Min(p, 100-p); gap > 0 && gap < 0.95 {
		return fmt.Sprintf("%.2f %%", p)
	}
	return fmt.Sprintf("%.3g %%", p)
}

// Unserved lists what became of arrivals that were not served: "41 gateway, 3
// timeout".
func Unserved(outcomes map[results.Outcome]int) string {
	var parts []string
	known := map[results.Outcome]bool{}
	for _, o := range results.Outcomes() {
		known[o] = true
		if n := outcomes[o]; n > 0 && !o.Good() {
			parts = append(parts, fmt.Sprintf("%d %s", n, o))
		}
	}
	for _, o := range slices.Sorted(maps.Keys(outcomes)) { // of a version to come
		if !known[o] {
			parts = append(parts, fmt.Sprintf("%d %s", outcomes[o], o))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// List lists at most limit parts.
func List(parts []string, limit int) string {
	text := ""
	for i, p := range parts {
		if i == limit {
			return text + fmt.Sprintf(" and %d more", len(parts)-limit)
		}
		if i > 0 {
			text += ", "
		}
		text += p
	}
	return text
}

// Seconds formats a time for a sentence.
func Seconds(s float64) string {
	switch {
	case math.IsNaN(s):
		return "unknown"
	case s < 0.0995:
		return fmt.Sprintf("%.3g ms", 1000*s)
	}
	return fmt.Sprintf("%.3g s", s)
}
