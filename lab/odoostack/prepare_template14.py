"""Run by ``odoo shell`` in the template database of Odoo 14: accounts, keys, warm assets.

Prints one line ``TEMPLATE <json>`` with what the lab has to know.
"""
import json
import os

LOGINS = ["load%02d" % n for n in range(1, 9)]
GROUPS = [
    "base.group_user",
    "base.group_partner_manager",
    "sales_team.group_sale_manager",
    "stock.group_stock_manager",
    "purchase.group_purchase_manager",
    "account.group_account_manager",
]

password = os.environ["HARNESS_PASSWORD"]
groups = [(4, env.ref(name).id) for name in GROUPS]


def key_of(user):
    return env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "harness")


keys = []
for login in LOGINS:
    user = env["res.users"].with_context(no_reset_password=True).create(
        {"name": "Load " + login[-2:], "login": login, "password": password, "groups_id": groups,
         # Without an address Odoo 14 refuses what writes a note, such as the validation of a batch.
         "email": login + "@example.com"})
    keys.append(key_of(user))

# What a warehouse of some size has switched on. Internal transfers come with the locations.
env["res.config.settings"].create({
    "group_stock_production_lot": True,
    "group_stock_tracking_lot": True,
    "group_stock_multi_locations": True,
}).execute()

connector = env.ref("harness_connector.user_connector")
warehouse = env["stock.warehouse"].search([], limit=1)
# Orders are confirmed without mail; the scheduler is the one cron a lab wants.
env.ref("stock.ir_cron_scheduler_action").active = True
for bundle in ("web.assets_common", "web.assets_frontend", "web.assets_backend"):
    env["ir.qweb"]._get_asset_nodes(bundle, {})
env.cr.commit()

print("TEMPLATE " + json.dumps({
    "logins": LOGINS,
    "api_keys": keys,
    "connector_key": key_of(connector),
    "connector_user": connector.id,
    "stock_location": warehouse.lot_stock_id.id,
}))
env.cr.commit()
