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

    _open_index = models.Index("(state, id) WHERE state != 'done'")
