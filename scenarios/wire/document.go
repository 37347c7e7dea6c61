package wire

import (
	"encoding/json"
	"fmt"
	"os"
)

// Document is a record in Odoo that the load works with.
type Document struct {
	ID    int64   `json:"id" js:"id"`
	Ref   string  `json:"ref,omitempty" js:"ref"`     // the order's reference, unique in the run
	Order int64   `json:"order,omitempty" js:"order"` // sale.order that it belongs to
	Lines []int64 `json:"lines,omitempty" js:"lines"` // stock.move.line of a picking
}

// Pools of documents that [Documents] has for each tenant.
const (
	Products    = "products"    // storable, in stock
	Partners    = "partners"    // customers and vendors
	Shipments   = "shipments"   // reserved pickings of confirmed orders
	Orders      = "orders"      // confirmed orders
	Invoiceable = "invoiceable" // confirmed orders to invoice
	Posted      = "posted"      // posted invoices to pay
	Tracked     = "tracked"     // storable, none in stock; by turns with lots and with serial numbers
	Shelves     = "shelves"     // locations inside the stock location
	Scarce      = "scarce"      // one product, of which so many pieces are in stock
)

// Documents is what seeding prepared, by tenant and pool.
type Documents map[string]map[string][]Document

// ReadDocuments reads the file that [Documents.Write] wrote.
func ReadDocuments(path string) (Documents, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read seeded documents: %w", err)
	}
	var d Documents
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, fmt.Errorf("read seeded documents from %s: %w", path, err)
	}
	return d, nil
}

// Write writes the documents to a file.
func (d Documents) Write(path string) error {
	raw, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encode seeded documents: %w", err)
	}
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		return fmt.Errorf("write seeded documents: %w", err)
	}
	return nil
}
