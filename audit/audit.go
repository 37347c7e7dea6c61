package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"odooharness/results"
)

// maxExamples bounds the references and documents named in a report.
const maxExamples = 10

// Tenant is one database to read.
type Tenant struct {
	Name string
	DSN  string // a role that may read; past any proxy
}

// Run reads back every journalled write and checks the laws. Tenants are read one
// after the other, so that reading disturbs little.
//
// The error says what could not be read; what could be is returned with it. A
// tenant whose database cannot be read has no operations and no invariants in the
// audit, since nothing is known of them, and its reason is in Err.
func Run(
	ctx context.Context, tenants []Tenant, writes iter.Seq2[results.Write, error], injections []results.Injection,
) (*results.Audit, error) {
	journal, err := fold(writes)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	found := &results.Audit{Method: "sql"}
	var problems []error
	var lost []lostWrite
	for _, tenant := range journal.unknown(tenants) {
		problems = append(problems, fmt.Errorf("tenant %s: has journalled writes and no way to read them back", tenant))
	}
	for _, tenant := range tenants {
		gone, err := auditTenant(ctx, tenant, journal, found)
		lost = append(lost, gone...)
		if err != nil {
			problems = append(problems, fmt.Errorf("tenant %s: %w", tenant.Name, err))
		}
	}
	found.Losses, found.RPO = attribute(lost, journal, injections)
	err = errors.Join(problems...)
	if err != nil {
		found.Err = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	return found, err
}

// Check checks the laws alone, for before a run: a law that was broken already is
// not the run's doing.
func Check(ctx context.Context, tenants []Tenant) ([]results.Invariant, error) {
	found := &results.Audit{}
	var problems []error
	for _, tenant := range tenants {
		if _, err := auditTenant(ctx, tenant, &journal{}, found); err != nil {
			problems = append(problems, fmt.Errorf("tenant %s: %w", tenant.Name, err))
		}
	}
	return found.Invariants, errors.Join(problems...)
}

// auditTenant adds what one tenant's database tells to found, and returns the
// acknowledged writes that it does not have.
func auditTenant(ctx context.Context, tenant Tenant, j *journal, found *results.Audit) (lost []lostWrite, err error) {
	db, err := open(ctx, tenant.DSN)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	var problems []error
	for _, op := range j.operations(tenant.Name) {
		fates := j.of(tenant.Name, op)
		seen, err := db.seen(ctx, op, refs(fates))
		if err != nil {
			problems = append(problems, fmt.Errorf("read back %s: %w", op, err))
			continue
		}
		counts, gone := judge(fates, seen)
		counts.Tenant, counts.Op = tenant.Name, op
		found.Operations = append(found.Operations, counts)
		for _, f := range gone {
			lost = append(lost, lostWrite{fate: f, tenant: tenant.Name, op: op})
		}
	}
	for _, law := range laws() {
		found.Invariants = append(found.Invariants, db.check(ctx, tenant.Name, law))
	}
	return lost, errors.Join(problems...)
}

func refs(fates map[string]*fate) []string {
	all := make([]string, 0, len(fates))
	for ref := range fates {
		all = append(all, ref)
	}
	slices.Sort(all)
	return all
}
