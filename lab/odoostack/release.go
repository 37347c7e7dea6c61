package odoostack

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.org/odooharness/lab"
	"example.org/odooharness/lab/odoostack/debian"
)

// Update changes the software of a stack and then its tenants' databases: a module
// gets a new column in its source, and Odoo applies it (-u) while the servers run,
// one tenant after the other.
func (o *Operator) Update(ctx context.Context, odoo lab.Running, databases []string) error {
	stack := o.stack(odoo.Name)
	source := filepath.Join(stack, "addons", "harness_connector", "models", "outbox.py")
	raw, err := os.ReadFile(source)
	if err != nil {
		return fmt.Errorf("update the module: %w", err)
	}
	const before = "    done_at = fields.Datetime()\n"
	column := "    release_" + strings.ToLower(rand.Text()[:6]) + " = fields.Char(default=\"new\")\n"
	if err := o.root.Write("odoo", source, strings.Replace(string(raw), before, before+column, 1)); err != nil {
		return err
	}
	for _, database := range databases {
		err := o.tool(ctx, "odoo", stack, nil, "odoo", "server", "-c", debian.Inside+"/odoo.conf", "-d", database,
			"-u", "harness_connector", "--stop-after-init", "--no-http", "--workers=0", "--max-cron-threads=0")
		if err != nil {
			return fmt.Errorf("update the module in %s: %w", database, err)
		}
	}
	return nil
}

// The bad release has a misspelt name where a shipment requests its label from the
// carrier: Python finds it when the line runs, not when the server starts.
const (
	goodLine = "shipped._ask_carrier()"
	badLine  = "shipped._ask_carrrier()"
)

// Deploy puts a release of the connector's module into a stack's place. Servers load
// it when they start.
func (o *Operator) Deploy(_ context.Context, odoo lab.Running, r lab.Release) error {
	from, to := goodLine, badLine
	if r == lab.GoodRelease {
		from, to = badLine, goodLine
	}
	source := filepath.Join(o.stack(odoo.Name), "addons", "harness_connector", "models", "stock_picking.py")
	raw, err := os.ReadFile(source)
	if err != nil {
		return fmt.Errorf("deploy the %s release: %w", r, err)
	}
	if strings.Contains(string(raw), to) {
		return nil // as it is on the way back from a release that did not reach every stack
	}
	if !strings.Contains(string(raw), from) {
		return fmt.Errorf("deploy the %s release: %s has no line %s", r, source, from)
	}
	return o.root.Write("odoo", source, strings.Replace(string(raw), from, to, 1))
}
