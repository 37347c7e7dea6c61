package finding

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.org/odooharness/results"
)

// List joins parts with commas, at most limit of them: "a, b and 3 more".
func List(parts []string, limit int) string {
	if len(parts) <= limit {
		return strings.Join(parts, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(parts[:limit], ", "), len(parts)-limit)
}

// Above returns "more than " for a censored figure, to write in front of its value.
func Above(q Quantity) string {
	if q.Censored {
		return "more than "
	}
	return ""
}

// Unserved lists the outcomes of arrivals that were not served: "41 gateway, 3 timeout".
// Without any it is "none".
func Unserved(outcomes map[results.Outcome]int) string {
	var parts []string
	known := results.Outcomes()
	for _, o := range known {
		if n := outcomes[o]; n > 0 && !o.Good() {
			parts = append(parts, Count(n)+" "+string(o))
		}
	}
	for _, o := range slices.Sorted(maps.Keys(outcomes)) {
		if !slices.Contains(known, o) { // written by a newer version
			parts = append(parts, Count(outcomes[o])+" "+string(o))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
