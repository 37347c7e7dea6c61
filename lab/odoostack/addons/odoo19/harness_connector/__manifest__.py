{
    "name": "Harness: carrier connector",
    "summary": "A shipped delivery becomes a job for the carrier, through an outbox",
    "version": "19.0.1.0.0",
    "author": "Odoo load and chaos harness",
    "license": "AGPL-3",
    "category": "Hidden",
    "depends": ["stock_delivery", "sale_stock"],
    "data": ["security/ir.model.access.csv", "data/connector.xml"],
    "installable": True,
}
