package audit

// invoiceNumbers: the numbers of invoices have no gap. Some countries require that.
// Odoo assigns numbers inside the transaction, so a rollback leaves no gap.
//
// Each missing number is a violation, of a gap the first thousand.
//
// The state of a document does not matter: cancelled and reset documents keep their
// numbers.
func invoiceNumbers() law {
	return law{
		name:   "invoice-numbers",
		states: "within a journal and prefix, the numbers of invoices and bills have no gap, and none was given twice",
		needs:  []string{"account_move.name", "account_move.state", "account_journal.type"},
		sql: func(s schema) string {
			prefix, number := `regexp_replace(m.name, '\d+$', '')`, `substring(m.name from '(\d{1,15})$')::bigint`
			if s.missing([]string{"account_move.sequence_prefix", "account_move.sequence_number"}) == "" {
				prefix, number = `m.sequence_prefix`, `m.sequence_number::bigint`
			}
			return `(
with numbered as (
  select m.journal_id, ` + prefix + ` as prefix, ` + number + ` as number, m.name, m.state
  from account_move m join account_journal j on j.id = m.journal_id
  where j.type in ('sale', 'purchase') and m.name is not null and m.name not in ('/', '') and ` + number + ` is not null
), ordered as (
  select journal_id, prefix, number, lead(number) over (partition by journal_id, prefix order by number) as next
  from (select distinct journal_id, prefix, number from numbered) d
)
select 'missing ' || journal_id || ' ' || prefix || gap, 1,
  prefix || lpad((number + 1)::text, 5, '0') || case when next - number > 2
    then ' to ' || prefix || lpad((next - 1)::text, 5, '0') else '' end || ' missing'
from ordered cross join lateral generate_series(number + 1, least(next - 1, number + 1000)) as gap where next - number > 1
union all
select 'given ' || journal_id || ' ' || name, count(*), name || ' given ' || count(*) || ' times'
from numbered where state = 'posted'
group by journal_id, name having count(*) > 1
)`
		},
	}
}
