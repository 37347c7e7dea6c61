package lab

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"example.org/odooharness/results"
)

// sharedStack is the name of the stack that serves every tenant without its own.
const sharedStack = "shared"

// Share is a stack with what it gets of the whole lab.
type Share struct {
	Stack   string   // shared, or the tenant's name
	Tenants []string // that it serves
	Workers int      // HTTP workers of its Odoo
	CPU     float64  // cores, 0: no limit
	Buffers int      // MB of PostgreSQL's shared buffers
	Bulk    int      // of the workers, those of an Odoo for bulk work; at least one is left for people
}

// Stacks divides the tenants of a spec into stacks: one for all that share, one for
// each that has its own. Workers, CPU and buffers are left to [Divide].
func Stacks(spec Spec) []Share {
	var pooled []string
	var own []Share
	for _, t := range spec.Tenants {
		if spec.Tenancy == results.Dedicated || spec.Tenancy == results.Hybrid && slices.Contains(spec.Strategic, t) {
			own = append(own, Share{Stack: t, Tenants: []string{t}})
		} else {
			pooled = append(pooled, t)
		}
	}
	if len(pooled) == 0 {
		return own
	}
	return append([]Share{{Stack: sharedStack, Tenants: pooled}}, own...)
}

// TemplateDatabase is the name of the database that tenants are cloned from.
const TemplateDatabase = "t0"

// totalBuffers is what all PostgreSQL servers of a lab have together, so that no
// setup caches more than another.
const totalBuffers = 512

// Divide cuts the lab's tenants, workers, CPU and buffers into stacks, each
// getting a part in proportion to the tenants it serves, so that every tenancy
// runs on the same total. The note names where that is not exact: a worker cannot
// be cut, and a stack has at least one.
func Divide(spec Spec) (shares []Share, note string, err error) {
	if err := checkSpec(spec); err != nil {
		return nil, "", err
	}
	shares = Stacks(spec)
	weights := make([]int, len(shares))
	for i, s := range shares {
		weights[i] = len(s.Tenants)
	}
	workers := apportion(spec.Workers, weights)
	total := 0
	var uneven []string
	for i := range shares {
		part := float64(weights[i]) / float64(len(spec.Tenants))
		shares[i].Workers = workers[i]
		shares[i].Bulk = min(spec.ImportWorkers, workers[i]-1)
		shares[i].CPU = spec.CPU * part
		shares[i].Buffers = int(totalBuffers * part)
		total += workers[i]
		if float64(workers[i]) != float64(spec.Workers)*part {
			uneven = append(uneven, fmt.Sprintf("%s has %d", shares[i].Stack, workers[i]))
		}
	}
	if total != spec.Workers {
		note = fmt.Sprintf("%d workers in total instead of %d: every stack needs one", total, spec.Workers)
	} else if len(uneven) > 0 {
		note = fmt.Sprintf("%d workers do not divide evenly over %d stacks: %s",
			spec.Workers, len(shares), strings.Join(uneven, ", "))
	}
	return shares, note, nil
}

// apportion gives out whole workers by weight, at least one each, the rest to
// the largest remainders (Hamilton's method), earlier stacks first.
func apportion(total int, weights []int) []int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	parts := make([]int, len(weights))
	order := make([]int, len(weights))
	left := total
	for i, w := range weights {
		parts[i] = max(1, total*w/sum)
		order[i] = i
		left -= parts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return total*weights[b]%sum - total*weights[a]%sum })
	for k := 0; left > 0; k = (k + 1) % len(order) {
		parts[order[k]]++
		left--
	}
	// A minimum of one may have given out too much: reduce the largest.
	for left < 0 {
		most := slices.Index(parts, slices.Max(parts))
		if parts[most] == 1 {
			break
		}
		parts[most]--
		left++
	}
	return parts
}

// checkSpec names everything in the spec that cannot be built.
func checkSpec(spec Spec) error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf("lab: "+format, args...)) }
	if !slices.Contains([]results.Tenancy{results.Shared, results.Dedicated, results.Hybrid}, spec.Tenancy) {
		bad("tenancy %q is none of shared, dedicated, hybrid", spec.Tenancy)
	}
	if len(spec.Tenants) == 0 {
		bad("no tenants")
	}
	seen := map[string]bool{}
	for _, t := range spec.Tenants {
		if !isTenantName(t) {
			bad("tenant %q: a name is 1 to 30 of a-z and 0-9, begins with a letter, and is none of %s, postgres, %s",
				t, sharedStack, TemplateDatabase)
		}
		if seen[t] {
			bad("tenant %q is there twice", t)
		}
		seen[t] = true
	}
	for _, s := range spec.Strategic {
		if !seen[s] {
			bad("strategic tenant %q is not among the tenants", s)
		}
	}
	if spec.Tenancy == results.Hybrid && len(spec.Strategic) == 0 {
		bad("hybrid needs strategic tenants")
	}
	if spec.Workers < 1 {
		bad("workers: %d, at least 1 is needed", spec.Workers)
	}
	for _, name := range slices.Sorted(maps.Keys(spec.Limits)) {
		if !seen[name] {
			bad("tenant %q, which has a limit, is not among the tenants", name)
		}
	}
	if spec.CPU < 0 {
		bad("cpu: %g is negative", spec.CPU)
	}
	return errors.Join(problems...)
}

// isTenantName holds for what can be a database, a label and a host name at once.
func isTenantName(s string) bool {
	if s == "" || len(s) > 30 || s[0] < 'a' || s[0] > 'z' || s == sharedStack || s == "postgres" || s == TemplateDatabase {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}
