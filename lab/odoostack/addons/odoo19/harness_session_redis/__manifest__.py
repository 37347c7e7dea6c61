{
    "name": "Harness: sessions in Redis",
    "summary": "Server-wide: keeps web sessions in Redis, reports what a worker has loaded",
    "version": "19.0.1.0.0",
    "author": "Odoo load and chaos harness",
    "license": "AGPL-3",
    "category": "Hidden",
    "depends": ["base", "web"],
    "installable": True,
}
