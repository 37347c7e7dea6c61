package analyzer

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.org/odooharness/results"
)

// outcomeWords lists what became of arrivals that were not served: "41 gateway, 3
// timeout".
func outcomeWords(outcomes map[results.Outcome]int) string {
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
