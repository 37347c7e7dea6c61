"""A delivery that is done asks the carrier for a label.

``HARNESS_CONNECTOR_MODE`` chooses how the job leaves the transaction:

``outbox``      (default) as a row of the same transaction; see :mod:`.outbox`.
``postcommit``  straight to Redis after the commit. When Redis fails then, the
                client is told of an error although the shipment is done, and the
                job is lost.
``inline``      straight to Redis before the commit. When the transaction rolls
                back or is retried, the carrier gets a job for a shipment that
                did not happen, or the same job twice.

The last two are weaknesses kept on purpose, for the harness to find.
"""
import os

from odoo import models

MODE = os.environ.get("HARNESS_CONNECTOR_MODE") or "outbox"
# With notices every shipment also wakes a scheduled job of Odoo's.
NOTICES = os.environ.get("HARNESS_CONNECTOR_NOTICES") == "1"
URL = os.environ.get("HARNESS_CONNECTOR_REDIS_URL")
STREAM = os.environ.get("HARNESS_CONNECTOR_STREAM") or "harness:jobs"


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _action_done(self):
        result = super()._action_done()
        shipped = self.filtered(
            lambda p: p.state == "done" and p.picking_type_id.code == "outgoing")
        if shipped:
            shipped._ask_carrier()
        return result

    def _ask_carrier(self):
        jobs = [
            {"picking_id": p.id, "reference": p.name, "origin": p.origin or ""}
            for p in self
        ]
        if MODE == "outbox":
            self.env["harness.outbox"].sudo().create(jobs)
            if NOTICES:
                self.env.ref("harness_connector.ir_cron_notice").sudo()._trigger()
        elif MODE == "postcommit":
            database = self.env.cr.dbname
            self.env.cr.postcommit.add(lambda: _push(database, jobs))
        elif MODE == "inline":
            _push(self.env.cr.dbname, jobs)
        else:
            raise ValueError("HARNESS_CONNECTOR_MODE is none of outbox, postcommit, inline: %r" % MODE)


def _push(database, jobs):
    """Add the jobs to the stream, in the form in which the connector adds them."""
    import redis  # noqa: PLC0415  only the weak modes need it

    with redis.Redis.from_url(URL, socket_timeout=2, socket_connect_timeout=2) as client:
        for job in jobs:
            client.xadd(STREAM, {
                "db": database, "picking": job["picking_id"],
                "reference": job["reference"], "outbox": 0,
            })
