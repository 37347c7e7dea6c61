// Command harness runs load and chaos experiments on Odoo and judges them.
//
// It answers three questions for the people who run Odoo for warehouses,
// carriers and logistics providers: how much a setup carries within its service
// levels, whether the peak season holds when PostgreSQL, Redis or the ingress
// misbehaves in the middle of it, and what a noisy neighbour costs the other
// tenants.
//
//	harness demo                          a first report, on the embedded target
//	harness init DIR                      experiments, setups and objectives to edit
//	harness plan examples/first-look.yaml what a run would do, without touching anything
//	harness run  examples/first-look.yaml do it, judge it, report it
//	harness capacity EXPERIMENT           find the highest load that each setup carries
//	harness recovery EXPERIMENT           back up under load, lose the data, restore, audit
//	harness change EXPERIMENT             restart, update or deploy under load
//	harness analyze RUN                   judge a saved run again
//	harness compare A B                   is B worse than A?
//	harness trend RUN...                  figures through time, and where they changed
//	harness report RUN --format html      render it again
//	harness schema findings|compare       the JSON Schema of what other programs read
//	harness lab up|down|status|logs|build the local targets
//	harness doctor --sweep                remove what a crash left behind
//	harness clean RUN --setup FILE        remove what a run created on a setup of your own
//	harness k6 run script.js              plain k6 with our extensions
//
// Exit codes: 0 pass, 1 fail, 2 inconclusive or invalid, 3 could not run or was interrupted.
package main

import (
	"os"

	"example.org/odooharness/internal/cli"
)

func main() { os.Exit(cli.Main()) }
