package target

import (
	"fmt"
	"slices"
	"strings"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/lab"
	"example.org/odooharness/lab/embedded/weakness"
	"example.org/odooharness/lab/odoostack"
	"example.org/odooharness/results"
)

// CheckLab verifies that the lab of a setup can plant the weaknesses that its file names, and
// that its version of Odoo has the options.
func CheckLab(s spec.Setup) file.Problems {
	if s.Lab == nil {
		return nil
	}
	known := odoostack.Weaknesses()
	if s.Lab.Kind == results.LabEmbedded {
		known = nil
		for _, w := range weakness.All() {
			known = append(known, w.Name)
		}
	}
	var problems file.Problems
	for i, name := range s.Lab.Weaknesses {
		if !slices.Contains(known, name) {
			problems = append(problems, s.Problem(fmt.Sprintf("lab.weaknesses.%d", i), "there is no weakness "+name,
				"a lab of kind "+string(s.Lab.Kind)+" has "+strings.Join(known, ", ")))
		}
	}
	if s.Lab.Kind == results.LabOdoo {
		for _, r := range lab.Refusals(labSpec(s)) {
			problems = append(problems, s.Problem("lab."+r.Option, r.Why, r.Instead))
		}
	}
	return problems
}
