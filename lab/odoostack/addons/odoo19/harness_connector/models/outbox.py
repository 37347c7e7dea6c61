"""The outbox: jobs for the carrier, written in the transaction that makes them due.

A row's life, moved on by the connector process outside Odoo::

    pending --(XADD to the stream)--> pushed --(label made, number written back)--> done
       ^                                |
       +---(its stream entry is gone)---+

The row commits or rolls back together with the shipment: no job is lost when
Redis is away, and none exists for a shipment that never happened.
"""
from odoo import fields, models


class Outbox(models.Model):
    _name = "harness.outbox"
    _description = "Job for the carrier"
    _order = "id"

    picking_id = fields.Integer(required=True, index=True)
    reference = fields.Char(required=True, help="The transfer's name: the carrier's idempotency key")
    origin = fields.Char(help="What the transfer was made for")
    state = fields.Char(required=True, default="pending")
    stream_id = fields.Char(help="Entry of the Redis stream, to see whether Redis still has it")
    pushed_at = fields.Datetime()
    pushes = fields.Integer(default=0)
    done_at = fields.Datetime()
    noticed_at = fields.Datetime(help="The customer's notice was made, by the scheduled job")

    _open_index = models.Index("(state, id) WHERE state != 'done'")

    def _cron_notice(self):
        """Make the customers' notices that are due: work of Odoo's own cron worker.

        The times are the server's clock to the microsecond; the ORM would cut them
        to seconds.
        """
        due = self.search([("noticed_at", "=", False)], limit=500)
        self.env["harness.notice"].create([{"outbox_id": row.id} for row in due])
        self.env.cr.execute(
            "update harness_outbox set noticed_at = clock_timestamp() at time zone 'utc' where id = any(%s)",
            (due.ids,))


class Notice(models.Model):
    """Written by the scheduled job alone, so that a lock on it blocks nobody else."""

    _name = "harness.notice"
    _description = "Shipping notice for the customer"

    outbox_id = fields.Integer(required=True, index=True)
