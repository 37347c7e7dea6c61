package audit

// jobsNeitherLostNorDoubled: every shipment, and nothing else, requests one label from
// the carrier. A job that is still waiting is late, not lost.
func jobsNeitherLostNorDoubled() law {
	return law{
		name: "jobs-neither-lost-nor-doubled",
		states: "every shipment has a job for the carrier or its label already, no shipment has two, " +
			"and no job is without its shipment",
		needs: []string{"harness_outbox.picking_id", "stock_picking.state", "stock_picking.carrier_tracking_ref",
			"stock_picking_type.code"},
		sql: func(s schema) string {
			return `select 'no job ' || p.id, 1, p.name || ': no job' from stock_picking p
where p.state = 'done' and ` + s.outgoing() + ` and coalesce(p.carrier_tracking_ref, '') = ''
  and not exists (select from harness_outbox o where o.picking_id = p.id)
union all
select 'jobs ' || coalesce(o.picking_id::text, o.reference), count(*), o.reference || ': ' || count(*) || ' jobs'
from harness_outbox o group by o.picking_id, o.reference having count(*) > 1
union all
select 'job of ' || coalesce(o.picking_id::text, o.reference), 1,
  o.reference || ': a job, and the shipment is ' || coalesce(max(p.state), 'not there') from harness_outbox o
left join stock_picking p on p.id = o.picking_id
where p.state is distinct from 'done' group by o.picking_id, o.reference`
		},
	}
}
