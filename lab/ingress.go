package lab

import (
	"fmt"
	"slices"

	"example.org/odooharness/results"
)

// CheckIngress reports an ingress that a lab cannot have. The empty one is nginx.
func CheckIngress(name results.Ingress) error {
	if name != "" && !slices.Contains(results.Ingresses(), name) {
		return fmt.Errorf("ingress %q: write nginx or traefik", name)
	}
	return nil
}
