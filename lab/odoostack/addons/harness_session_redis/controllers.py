"""``/harness/worker``: what the worker that answers has loaded.

A lab is ready when every worker can serve every tenant without loading first.
Which worker takes a request is the kernel's choice, so the lab asks several at
once and lets each hold its answer for a moment: the others then go to other
workers. Served without a database, on a host name that names no tenant.
"""
import json
import os
import threading
import time

from odoo import api, http
from odoo.modules.registry import Registry

WARM = set()  # databases that this worker has served once


class Worker(http.Controller):

    @http.route("/harness/worker", type="http", auth="none", save_session=False)
    def worker(self, warm="", hold="0"):
        """Warm the named databases, wait ``hold`` seconds, tell who did it."""
        for name in filter(None, warm.split(",")):
            if name not in WARM:
                _serve_once(name)
                WARM.add(name)
        time.sleep(min(float(hold), 5))
        answer = {"pid": os.getpid(), "warm": sorted(WARM)}
        return http.request.make_json_response(answer)


def _serve_once(name):
    """Fill the caches of one database by selling something, and undo the sale."""
    registry = Registry(name)
    threading.current_thread().dbname = name  # where Odoo looks for the database
    with registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        env["ir.http"].routing_map()
        user = env.ref("harness_connector.user_connector", raise_if_not_found=False)
        if user:
            env = api.Environment(cr, user.id, dict(user.with_user(user).context_get()))
        product = env["product.product"].sudo().create(
            {"name": "warm", "type": "consu", "is_storable": True})
        partner = env["res.partner"].sudo().create({"name": "warm"})
        order = env["sale.order"].sudo().create({
            "partner_id": partner.id,
            "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 1})],
        })
        order.action_confirm()
        json.dumps(order.picking_ids.read(["name", "state"]), default=str)
        cr.rollback()
        registry.reset_changes()
