package audit

import (
	"context"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/results"
)

// law is an invariant of stock, books or jobs that no fault may break. Its query returns
// the documents that break it, as (document).
type law struct {
	name   string
	states string // the law in one sentence
	needs  []string
	sql    func(schema) string
}

// laws lists all, stock first.
func laws() []law {
	return []law{
		stockConserved(), reservedWithinStock(), reservedEqualsLines(), pickingDoneOnce(),
		oneInvoicePerOrder(), invoiceNumbers(), debitsEqualCredits(),
		jobsNeitherLostNorDoubled(), oneLabelPerShipment(),
	}
}

// check reads the documents that break the law. A law that cannot be checked is not
// held, and Err has the reason.
func (s *snapshot) check(ctx context.Context, tenant string, l law) results.Invariant {
	found := results.Invariant{Tenant: tenant, Name: l.name}
	if missing := s.schema.missing(l.needs); missing != "" {
		found.Err = "does not apply: there is no " + missing
		return found
	}
	err := s.query(ctx, func(rows pgx.Rows) error {
		var document string
		if err := rows.Scan(&document, &found.Broken); err != nil {
			return err
		}
		found.Examples = append(found.Examples, document)
		return nil
	}, `with broken as materialized (
`+l.sql(s.schema)+`
) select document, (select count(*) from broken)::int from broken order by document limit $1`, maxExamples)
	if err != nil {
		found.Err = "not checked: " + err.Error()
		return found
	}
	found.Held = found.Broken == 0
	return found
}
