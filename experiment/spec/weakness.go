package spec

import (
	"fmt"
	"slices"
)

// Plant adds weaknesses to the lab of every setup. It refuses a setup without a lab.
// The lab refuses unknown names.
func (e *Experiment) Plant(weaknesses []string) error {
	if len(weaknesses) == 0 {
		return nil
	}
	for i := range e.Setups {
		s := &e.Setups[i]
		if s.Lab == nil {
			return fmt.Errorf("plant %v in %s: a weakness can be planted in a lab only", weaknesses, s.Name)
		}
		s.Lab.Weaknesses = slices.Concat(s.Lab.Weaknesses, weaknesses)
	}
	return nil
}
