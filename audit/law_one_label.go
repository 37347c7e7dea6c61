package audit

// oneLabelPerShipment: a job that is done has a label, no label is on two shipments, and
// no label exists for a shipment that did not leave. Labels that only the carrier knows
// are not seen here.
func oneLabelPerShipment() law {
	return law{
		name: "one-label-per-shipment",
		states: "a shipment whose job is done has one tracking number, no other shipment has the same, " +
			"and a transfer that is not done has none",
		needs: []string{"harness_outbox.picking_id", "harness_outbox.state", "stock_picking.carrier_tracking_ref",
			"stock_picking.state"},
		sql: func(schema) string {
			return `select distinct 'no number ' || p.id, 1, p.name || ': job done, no tracking number'
from harness_outbox o join stock_picking p on p.id = o.picking_id
where o.state = 'done' and coalesce(p.carrier_tracking_ref, '') = ''
union all
select 'shared ' || p.carrier_tracking_ref, count(*),
  p.carrier_tracking_ref || ' on ' || string_agg(p.name, ', ' order by p.name) from stock_picking p
where coalesce(p.carrier_tracking_ref, '') <> '' group by p.carrier_tracking_ref having count(*) > 1
union all
select 'early ' || p.id, 1,
  p.name || ': ' || p.state || ', and has the tracking number ' || p.carrier_tracking_ref from stock_picking p
where p.state <> 'done' and coalesce(p.carrier_tracking_ref, '') <> ''
union all
select 'several ' || p.id, 1, p.name || ': tracking numbers ' || p.carrier_tracking_ref from stock_picking p
where p.carrier_tracking_ref like '%,%'`
		},
	}
}
