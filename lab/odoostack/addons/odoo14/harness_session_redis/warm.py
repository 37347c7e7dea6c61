"""Warm databases: registry, caches and code of the common path.

As on Odoo 19: with ``HARNESS_WARM`` in the environment the parent of the workers sells
something in each database and undoes it. The lab sets it for its first start only.
"""
import json
import logging
import os
import threading

from odoo import api
from odoo.modules.registry import Registry
from odoo.service import server

_logger = logging.getLogger(__name__)

WARM = set()  # databases that this process or its parent has served once


def install():
    """Let the parent warm what it preloads."""
    if not os.environ.get("HARNESS_WARM"):
        return
    preload = server.preload_registries

    def preload_and_warm(names):
        result = preload(names)
        for name in names or []:
            try:
                serve_once(name)
            except Exception:  # the lab asks each worker, and sees it there
                _logger.exception("database %s is not warm", name)
        return result

    server.preload_registries = preload_and_warm


def serve_once(name):
    """Fill the caches of one database by selling something, and undo the sale."""
    if name in WARM:
        return
    registry = Registry(name)
    thread = threading.current_thread()
    thread.dbname = name  # where Odoo looks for the database
    with api.Environment.manage(), registry.cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        user = env.ref("harness_connector.user_connector", raise_if_not_found=False)
        if user:
            env = api.Environment(cr, user.id, dict(user.with_user(user).context_get()))
        product = env["product.product"].sudo().create({"name": "warm", "type": "product"})
        partner = env["res.partner"].sudo().create({"name": "warm"})
        order = env["sale.order"].sudo().create({
            "partner_id": partner.id,
            "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 1})],
        })
        order.action_confirm()
        json.dumps(order.picking_ids.read(["name", "state"]), default=str)
        cr.rollback()
        registry.reset_changes()
    WARM.add(name)
