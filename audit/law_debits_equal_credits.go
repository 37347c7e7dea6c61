package audit

// debitsEqualCredits: double entry.
func debitsEqualCredits() law {
	return law{
		name:   "debits-equal-credits",
		states: "the debits of every posted entry equal its credits",
		needs:  []string{"account_move.state", "account_move_line.debit", "account_move_line.credit", "account_move_line.move_id"},
		sql: func(schema) string {
			return `select 'entry ' || m.id, abs(sum(l.debit) - sum(l.credit)),
  coalesce(max(m.name), 'entry ' || m.id) || ': ' || round(sum(l.debit)::numeric, 2) || ' debit, ' ||
  round(sum(l.credit)::numeric, 2) || ' credit'
from account_move m join account_move_line l on l.move_id = m.id
where m.state = 'posted'
group by m.id having abs(sum(l.debit) - sum(l.credit)) > 0.005`
		},
	}
}
