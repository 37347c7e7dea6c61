package audit

// oneLabelPerShipment: a job that is done has left its label, and no label is on
// two shipments. Labels that only the carrier knows of are not seen here.
func oneLabelPerShipment() law {
	return law{
		name:   "one-label-per-shipment",
		states: "a shipment whose job is done has one tracking number, and no other shipment has the same",
		needs:  []string{"harness_outbox.picking_id", "harness_outbox.state", "stock_picking.carrier_tracking_ref"},
		sql: func(schema) string {
			return `select distinct p.name || ': job done, no tracking number' as document
from harness_outbox o join stock_picking p on p.id = o.picking_id
where o.state = 'done' and coalesce(p.carrier_tracking_ref, '') = ''
union all
select p.carrier_tracking_ref || ' on ' || string_agg(p.name, ', ' order by p.name) from stock_picking p
where coalesce(p.carrier_tracking_ref, '') <> '' group by p.carrier_tracking_ref having count(*) > 1
union all
select p.name || ': tracking numbers ' || p.carrier_tracking_ref from stock_picking p
where p.carrier_tracking_ref like '%,%'`
		},
	}
}
