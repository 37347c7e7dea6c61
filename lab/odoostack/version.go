package odoostack

import (
	_ "embed"

	"example.org/odooharness/lab/odoostack/debian"
)

//go:embed prepare_template.py
var prepareTemplate string

//go:embed prepare_template14.py
var prepareTemplate14 string

// version is what differs between the versions of Odoo that the lab has, and between the
// servers of their Debian suites.
type version struct {
	modules  []string // of the template; Odoo adds their dependencies and what installs itself with them
	prepare  string   // run by odoo shell in the template: accounts, keys, assets
	quiet    []string // SQL in place of odoo neutralize, empty: the version has that
	install  []string // options of the installation
	wide     string   // server_wide_modules
	pushPort string   // option of the port for notices to browsers
	push     string   // path of those notices
	health   string   // path that answers without a database
	external bool     // the connector calls /jsonrpc: there is no JSON-2
	old      bool     // PostgreSQL 13 and nginx 1.18
}

// versionOf is the version in a root. Without a root it is that of Odoo 19.
func versionOf(root *debian.Root) version {
	if root != nil && root.Odoo == 14 {
		return version14()
	}
	return version{
		modules: []string{"stock", "sale_management", "sale_stock", "purchase", "purchase_stock", "account",
			"stock_account", "delivery", "stock_delivery", "stock_picking_batch", "base_import", "harness_connector"},
		prepare: prepareTemplate, wide: "base,rpc,web,harness_session_redis", pushPort: "gevent_port", push: "/websocket",
		health: "/web/health",
	}
}

// version14 is that of Odoo 14. Its chart of accounts installs itself for a company with a
// country alone, so it is named. A database gets demonstration data unless an option prevents
// it. The health page came with Odoo 15, so that the lab reads one of its own.
func version14() version {
	return version{
		modules: []string{"stock", "sale_management", "sale_stock", "purchase", "purchase_stock", "account", "l10n_generic_coa",
			"stock_account", "delivery", "stock_picking_batch", "base_import", "harness_connector"},
		prepare: prepareTemplate14, wide: "base,web,harness_session_redis", pushPort: "longpolling_port", push: "/longpolling",
		health: "/harness/worker", external: true, old: true,
		install: []string{"--without-demo=all"},
		quiet: []string{
			`update ir_cron set active = false where id not in (
				select res_id from ir_model_data where model = 'ir.cron' and module = 'base' and name = 'autovacuum_job')`,
			`update ir_mail_server set active = false`,
			`update fetchmail_server set active = false`,
			`update delivery_carrier set active = false where delivery_type not in ('fixed', 'base_on_rule')`,
			`delete from iap_account`,
		},
	}
}
