package scenarios

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"example.org/odooharness/odoo"
	"example.org/odooharness/scenarios/seed"
)

// Seed makes the documents that the script needs and writes where they are to a
// file in the trial's folder, which [Start] wants as Spec.Documents.
func Seed(ctx context.Context, spec Spec, outline *Outline, log *slog.Logger) (string, error) {
	documents, err := seed.Run(ctx, spec, outline, log)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(spec.Out, 0o755); err != nil {
		return "", fmt.Errorf("write seeded documents: %w", err)
	}
	path := filepath.Join(spec.Out, "documents-"+spec.Name+".json")
	return path, documents.Write(path)
}

// Clean removes what a run created on every tenant, as far as Odoo allows it, and
// returns sentences about what stays.
func Clean(ctx context.Context, tenants []Tenant, ref string, log *slog.Logger) (stays []string, err error) {
	return seed.Clean(ctx, tenants, ref, log)
}

// Preflight logs in to a tenant and looks whether the modules that the scenarios
// use are there. It returns all that is missing.
func Preflight(ctx context.Context, tenant Tenant) error {
	client, closeClient, err := seed.Connect(ctx, tenant)
	if err != nil {
		return err
	}
	defer closeClient()
	var problems []error
	for _, need := range []struct{ model, module string }{
		{"sale.order", "sale_management"}, {"stock.picking", "stock"}, {"purchase.order", "purchase_stock"},
		{"account.move", "account"},
	} {
		if _, a := client.Search(ctx, need.model, "[]", 1); !a.OK() {
			problems = append(problems, fmt.Errorf("%s cannot be read: %w; install the module %s and let %s use it",
				need.model, a.Err(), need.module, userOf(client.Tenant())))
		}
	}
	return errors.Join(problems...)
}

func userOf(t odoo.Tenant) string {
	if t.Login == "" {
		return "the user"
	}
	return t.Login
}
