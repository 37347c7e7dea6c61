"""The outbox: jobs for the carrier, written in the transaction that makes them due.

As on Odoo 19, without notices: a shipment cannot wake a scheduled job of Odoo 14.
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

    def init(self):
        self.env.cr.execute(
            "create index if not exists harness_outbox_open_index on harness_outbox (state, id) where state != 'done'")
