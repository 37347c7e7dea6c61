package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"example.org/odooharness/results"
)

// maxExamples bounds the references and documents named in a report.
const maxExamples = 10

// Tenant is one database to read.
type Tenant struct {
	Name     string
	Database string // that the DSN has to lead to; empty: any
	DSN      string // a role with permission to read; past any proxy

	// API reads through Odoo itself. It is used when there is no DSN.
	API Connect
}

// reader reads a tenant back.
type reader interface {
	seen(ctx context.Context, op results.Op, refs []string) (map[string]int, error)
	check(ctx context.Context, tenant string, l law) results.Invariant
	close(ctx context.Context) error
}

func (t Tenant) open(ctx context.Context) (reader, error) {
	if t.DSN == "" && t.API != nil {
		return openAPI(ctx, t.API)
	}
	return open(ctx, t)
}

// method returns how tenants are read: sql, api, or both.
func method(tenants []Tenant) string {
	sql, api := 0, 0
	for _, t := range tenants {
		if t.DSN == "" && t.API != nil {
			api++
		} else {
			sql++
		}
	}
	switch {
	case api == 0:
		return "sql"
	case sql == 0:
		return "api"
	}
	return "sql, api"
}

// Run reads back every journalled write and checks the laws. It reads tenants one after
// the other, so that reading disturbs little.
//
// The error lists what could not be read; the rest is returned with it. A tenant whose
// database cannot be read has no operations and no invariants in the audit, and the
// reason is in Err. An operation that cannot be read back is only in the error.
func Run(
	ctx context.Context, tenants []Tenant, writes iter.Seq2[results.Write, error], injections []results.Injection,
) (*results.Audit, error) {
	journal, err := fold(writes)
	if err != nil {
		return nil, fmt.Errorf("read the journal: %w", err)
	}
	found := &results.Audit{Method: method(tenants), Reads: journal.allReads()}
	var unread, partly []error
	var lost []lostWrite
	for _, tenant := range journal.unknown(tenants) {
		unread = append(unread, fmt.Errorf("tenant %s: has journalled writes and no way to read them back", tenant))
	}
	for _, tenant := range tenants {
		gone, read, err := auditTenant(ctx, tenant, journal, found)
		lost = append(lost, gone...)
		switch {
		case err == nil:
		case read:
			partly = append(partly, fmt.Errorf("tenant %s: %w", tenant.Name, err))
		default:
			unread = append(unread, fmt.Errorf("tenant %s: %w", tenant.Name, err))
		}
	}
	found.Losses, found.RPO = attribute(lost, journal, injections)
	if len(unread) > 0 {
		found.Err = strings.ReplaceAll(errors.Join(unread...).Error(), "\n", "; ")
	}
	return found, errors.Join(append(unread, partly...)...)
}

// Check checks only the laws. It is called before a run, so that a law that was already
// broken is not attributed to the run.
func Check(ctx context.Context, tenants []Tenant) ([]results.Invariant, error) {
	found := &results.Audit{}
	var problems []error
	for _, tenant := range tenants {
		if _, _, err := auditTenant(ctx, tenant, &journal{}, found); err != nil {
			problems = append(problems, fmt.Errorf("tenant %s: %w", tenant.Name, err))
		}
	}
	return found.Invariants, errors.Join(problems...)
}

// Since subtracts the documents that broke a law before the load. A law holds when no
// more documents break it than before.
func Since(before, after []results.Invariant) {
	for i := range after {
		law := &after[i]
		for _, b := range before {
			if b.Tenant == law.Tenant && b.Name == law.Name && b.Err == "" {
				law.Before = b.Broken
			}
		}
		if law.Err == "" {
			law.Held = law.Broken <= law.Before
		}
	}
}

// auditTenant adds the results of one tenant to found, and returns the lost acknowledged
// writes. read is true when the database could be read as such; the error may then be
// about single operations.
func auditTenant(
	ctx context.Context, tenant Tenant, j *journal, found *results.Audit,
) (lost []lostWrite, read bool, err error) {
	db, err := tenant.open(ctx)
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	var problems []error
	for _, op := range j.operations(tenant.Name) {
		if unverifiable(op) {
			continue
		}
		fates := j.of(tenant.Name, op)
		if nameless := fates[""]; nameless != nil {
			delete(fates, "")
			problems = append(problems, fmt.Errorf("%s without a reference, which cannot be read back: %d", op, nameless.attempts))
		}
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
	return lost, true, errors.Join(problems...)
}

func refs(fates map[string]*fate) []string {
	all := make([]string, 0, len(fates))
	for ref := range fates {
		all = append(all, ref)
	}
	slices.Sort(all)
	return all
}
