package audit

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/internal/secret"
	"example.org/odooharness/results"
)

// maxExamples bounds the references and documents named in a report.
const maxExamples = 10

// Tenant is one database to read.
type Tenant struct {
	Name     string
	Database string      // that the DSN has to lead to; empty: any
	DSN      secret.Text // a role with permission to read; past any proxy

	// API reads through Odoo itself. It is used when there is no DSN.
	API Connect
}

// reader reads a tenant back.
type reader interface {
	seen(ctx context.Context, op results.Op, refs []string) (map[string]int, error)
	check(ctx context.Context, l law) checked
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

// Run reads back every journalled write and checks the laws against what broke them
// before the load; before is nil where that is not known, and every violation counts.
// Tenants are read one after the other, so that reading disturbs little.
//
// The error lists what could not be read; the rest is returned with it. A tenant whose
// database cannot be read has no operations and no invariants in the audit, and the
// reason is in Err. An operation that cannot be read back is only in the error.
func Run(
	ctx context.Context, tenants []Tenant, writes iter.Seq2[results.Write, error], injections []results.Injection, before *Laws,
) (*results.Audit, error) {
	a := &auditor{before: before, settleEvery: settleEvery, settleLimit: settleLimit}
	return a.run(ctx, tenants, writes, injections)
}

// auditor is one audit.
type auditor struct {
	before                   *Laws
	settleEvery, settleLimit time.Duration
}

func (a *auditor) run(
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
		gone, read, err := a.tenant(ctx, tenant, journal, found)
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

// Check checks only the laws, before the load: see [Run]. The error names the tenants that
// could not be read, whose laws are unknown.
func Check(ctx context.Context, tenants []Tenant) (*Laws, error) {
	all := &Laws{found: map[lawKey]checked{}}
	var problems []error
	for _, tenant := range tenants {
		if err := all.read(ctx, tenant); err != nil {
			problems = append(problems, fmt.Errorf("tenant %s: %w", tenant.Name, err))
		}
	}
	return all, errors.Join(problems...)
}

func (b *Laws) read(ctx context.Context, tenant Tenant) (err error) {
	db, err := tenant.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	for _, l := range laws() {
		b.found[lawKey{tenant.Name, l.name}] = db.check(ctx, l)
	}
	return nil
}

// tenant adds the results of one tenant's database to found, and returns the lost
// acknowledged writes. read is true when the database could be read as such; the error may
// then be about single operations.
func (a *auditor) tenant(
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
	for _, l := range laws() {
		now := db.check(ctx, l)
		if l.settles {
			now = a.settled(ctx, tenant, l, now)
		}
		found.Invariants = append(found.Invariants, a.before.since(tenant.Name, l, now))
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

// Reach connects once to the database of a tenant, as the audit will do. It is nil for a
// tenant without a DSN. Errors never contain the DSN.
func Reach(ctx context.Context, tenant Tenant) error {
	if tenant.DSN == "" {
		return nil
	}
	db, err := open(ctx, tenant)
	if err != nil {
		return fmt.Errorf("dsn of tenant %s: %w", tenant.Name, err)
	}
	return db.close(ctx)
}
