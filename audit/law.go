package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/results"
)

// law is an invariant of stock, books or jobs that no fault may break. Its query returns
// what breaks it, as (key, size, document).
type law struct {
	name    string
	states  string // the law in one sentence
	needs   []string
	settles bool // Odoo's own upkeep may mend a violation soon after the load
	sql     func(schema) string
}

// violation is one document that breaks a law.
type violation struct {
	key      string  // the same document and way of breaking before and after the load
	size     float64 // how far it breaks the law
	document string  // for a person, with figures
}

// checked is a law at one moment. With absent or err nothing is known of violations.
type checked struct {
	absent     string // why the law does not apply, or was not requested
	err        error
	violations []violation
}

// laws lists all, stock first.
func laws() []law {
	return []law{
		stockConserved(), reservedWithinStock(), reservedEqualsLines(), pickingDoneOnce(),
		lotsConserved(), serialOnce(),
		oneInvoicePerOrder(), invoiceNumbers(), debitsEqualCredits(),
		jobsNeitherLostNorDoubled(), oneLabelPerShipment(),
	}
}

// LawNames lists the names of all laws.
func LawNames() []string {
	var names []string
	for _, l := range laws() {
		names = append(names, l.name)
	}
	return names
}

// check reads the documents that break the law. A law about a table that is not there
// does not apply; one that needs a column which its table does not have cannot be checked.
func (s *snapshot) check(ctx context.Context, l law) checked {
	if table := s.schema.missingTable(l.needs); table != "" {
		return checked{absent: "there is no table " + table}
	}
	if missing := s.schema.missing(l.needs); missing != "" {
		return checked{err: errors.New("there is no " + missing)}
	}
	var found checked
	found.err = s.query(ctx, func(rows pgx.Rows) error {
		var v violation
		if err := rows.Scan(&v.key, &v.size, &v.document); err != nil {
			return err
		}
		found.violations = append(found.violations, v)
		return nil
	}, `select key, size::float8, document from (
`+l.sql(s.schema)+`
) broken (key, size, document) order by document, key`)
	return found
}

// Laws is what broke the laws at one moment, document by document.
type Laws struct {
	found map[lawKey]checked
}

type lawKey struct{ tenant, law string }

// since compares a law with the moment before the load: what was broken then, and is
// not broken further, is not the run's doing.
func (b *Laws) since(tenant string, l law, now checked) results.Invariant {
	found := results.Invariant{Tenant: tenant, Name: l.name, Absent: now.absent}
	switch {
	case now.absent != "":
		found.Held = true
		return found
	case now.err != nil:
		found.Err = now.err.Error()
		return found
	}
	found.Broken = len(now.violations)
	fresh, err := b.fresh(tenant, l, now.violations)
	if err != nil {
		found.Err = fmt.Sprintf("documents that break it now: %d; it was not checked before the load: %v", found.Broken, err)
		return found
	}
	found.Before = found.Broken - len(fresh)
	found.Held = len(fresh) == 0
	found.Examples = documents(append(fresh, now.violations...))
	return found
}

// fresh are the violations that are new or larger than before the load.
func (b *Laws) fresh(tenant string, l law, now []violation) ([]violation, error) {
	if b == nil || len(now) == 0 {
		return slices.Clone(now), nil
	}
	before, known := b.found[lawKey{tenant, l.name}]
	if !known {
		return nil, errors.New("the tenant was not read")
	}
	if before.err != nil {
		return nil, before.err
	}
	sizes := make(map[string]float64, len(before.violations))
	for _, v := range before.violations {
		sizes[v.key] = max(sizes[v.key], v.size)
	}
	const tolerance = 0.0001 // as the laws'
	return slices.DeleteFunc(slices.Clone(now), func(v violation) bool {
		size, known := sizes[v.key]
		return known && v.size <= size+tolerance
	}), nil
}

// documents names the first of them, each once.
func documents(all []violation) []string {
	var names []string
	for _, v := range all {
		if len(names) == maxExamples {
			break
		}
		if !slices.Contains(names, v.document) {
			names = append(names, v.document)
		}
	}
	return names
}

// Odoo merges and cleans the rows of its stock in transactions of their own, after the
// transfers that made them: a law that they may mend is looked at again.
const (
	settleEvery = 5 * time.Second
	settleLimit = 30 * time.Second
)

// settled looks at a law again while it is broken, in a fresh snapshot each time, and
// keeps what broke it every time.
func (a *auditor) settled(ctx context.Context, tenant Tenant, l law, now checked) checked {
	ctx, cancel := context.WithTimeout(ctx, a.settleLimit)
	defer cancel()
	timer := time.NewTimer(a.settleEvery)
	defer timer.Stop()
	for {
		fresh, err := a.before.fresh(tenant.Name, l, now.violations)
		if err != nil || len(fresh) == 0 {
			return now
		}
		select {
		case <-ctx.Done():
			return now
		case <-timer.C:
		}
		again, err := checkOnce(ctx, tenant, l)
		if err != nil || again.err != nil {
			return now // the look before stands
		}
		still := map[string]float64{}
		for _, v := range again.violations {
			still[v.key] = v.size
		}
		now.violations = slices.DeleteFunc(now.violations, func(v violation) bool { return still[v.key] == 0 })
		timer.Reset(a.settleEvery)
	}
}

// checkOnce looks at one law in a snapshot of its own.
func checkOnce(ctx context.Context, tenant Tenant, l law) (found checked, err error) {
	db, err := tenant.open(ctx)
	if err != nil {
		return checked{}, err
	}
	defer func() { err = errors.Join(err, db.close(ctx)) }()
	return db.check(ctx, l), nil
}
