"""Run by ``odoo shell`` in a copy of the template database: one block of valid documents.

A second warehouse receives in three steps and delivers in two. The block's documents belong to
the block's own products and partners, so that volume.sql can repeat it as a whole. Prints one
line ``VOLUME <json>`` with the highest id of each table before the block.
"""
import json

PRODUCTS, PARTNERS, ORDERS, PURCHASES = 8, 4, 20, 4
TABLES = ["res_partner", "product_template", "product_product", "stock_lot", "stock_quant", "stock_reference",
          "sale_order", "sale_order_line", "purchase_order", "purchase_order_line",
          "stock_picking", "stock_move", "stock_move_line"]

env = env(context=dict(env.context, tracking_disable=True, mail_notrack=True))
first = env["stock.warehouse"].search([], order="id", limit=1)
second = env["stock.warehouse"].create({"name": "North", "code": "WN", "reception_steps": "three_steps",
                                        "delivery_steps": "pick_ship"})
env.cr.commit()


def highest(table):
    env.cr.execute("select coalesce(max(id), 0) from %s" % table)
    return env.cr.fetchone()[0]


before = {table: highest(table) for table in TABLES}
products = env["product.product"].create([{
    "name": "Article %d" % n, "default_code": "VOL-P%d" % n, "is_storable": True, "type": "consu",
    "list_price": 10 + n, "invoice_policy": "order", "tracking": "lot" if n % 4 == 3 else "none",
} for n in range(PRODUCTS)])
partners = env["res.partner"].create([{"name": "Trader %d" % n, "ref": "VOL-C%d" % n} for n in range(PARTNERS)])
lots = {p.id: env["stock.lot"].create({"name": "VOL-L%d" % p.id, "product_id": p.id}).id
        for p in products if p.tracking == "lot"}
quants = env["stock.quant"].with_context(inventory_mode=True).create([{
    "product_id": p.id, "location_id": w.lot_stock_id.id, "inventory_quantity": 1000, "lot_id": lots.get(p.id, False),
} for p in products for w in (first, second)])
quants.action_apply_inventory()


def finish(pickings):
    """Validates pickings, and those that follow in the route."""
    while True:
        waiting = pickings.filtered(lambda p: p.state not in ("done", "cancel"))
        if not waiting:
            return
        ready = waiting.filtered(lambda p: p.state == "assigned")
        if not ready:
            waiting.action_assign()
            ready = waiting.filtered(lambda p: p.state == "assigned")
            assert ready, [(p.name, p.state) for p in waiting]
        for line in ready.move_line_ids.filtered(lambda l: l.tracking == "lot" and not l.lot_id):
            line.lot_id = lots[line.product_id.id]
        ready.with_context(skip_backorder=True, skip_sms=True).button_validate()
        pickings |= ready.move_ids.move_dest_ids.picking_id


for n in range(ORDERS):
    order = env["sale.order"].create({
        "partner_id": partners[n % PARTNERS].id, "client_order_ref": "VOL-S%d" % n,
        "warehouse_id": (first, second)[n % 2].id,
        "order_line": [(0, 0, {"product_id": products[(n + i) % PRODUCTS].id, "product_uom_qty": 1 + n % 3})
                       for i in range(2)],
    })
    order.action_confirm()
    if n != ORDERS - 2:  # one order of the first warehouse waits for its carrier
        finish(order.picking_ids)
for n in range(PURCHASES):
    purchase = env["purchase.order"].create({
        "partner_id": partners[n % PARTNERS].id, "partner_ref": "VOL-B%d" % n, "picking_type_id": second.in_type_id.id,
        "order_line": [(0, 0, {"product_id": products[(n + i) % PRODUCTS].id, "product_qty": 20, "price_unit": 5})
                       for i in range(2)],
    })
    purchase.button_confirm()
    finish(purchase.picking_ids)
env.cr.commit()
print("VOLUME " + json.dumps(before))
