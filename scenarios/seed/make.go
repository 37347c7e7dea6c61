package seed

import (
	"context"
	"errors"
	"fmt"

	"example.org/odooharness/odoo"
	"example.org/odooharness/scenarios/wire"
)

// master makes products with stock, and partners.
func (s *seeder) master(ctx context.Context, products, partners int) error {
	if products > 0 {
		list := make([]odoo.Product, products)
		for i := range list {
			code := fmt.Sprintf("%s-P%d", s.prefix, i+1)
			list[i] = odoo.Product{Name: "Product " + code, Code: code, Price: float64(10 + i%90)}
		}
		if err := s.stocked(ctx, wire.Products, onHand, list); err != nil {
			return err
		}
	}
	if partners == 0 {
		return nil
	}
	list := make([]odoo.Partner, partners)
	for i := range list {
		ref := fmt.Sprintf("%s-C%d", s.prefix, i+1)
		list[i] = odoo.Partner{Name: "Customer " + ref, Ref: ref}
	}
	ids, a := s.client.CreatePartners(ctx, list)
	if !a.OK() {
		return fmt.Errorf("create partners: %w", a.Err())
	}
	for i, id := range ids {
		s.pools[wire.Partners] = append(s.pools[wire.Partners], wire.Document{ID: id, Ref: list[i].Ref})
	}
	return nil
}

// stocked creates products of which so many pieces are on hand, and fills a pool with them.
func (s *seeder) stocked(ctx context.Context, pool string, pieces float64, list []odoo.Product) error {
	ids, a := s.client.CreateProducts(ctx, list)
	if !a.OK() {
		return fmt.Errorf("create products: %w", a.Err())
	}
	location, a := s.client.StockLocation(ctx)
	if !a.OK() {
		return fmt.Errorf("find the warehouse: %w", a.Err())
	}
	if a := s.client.SetStock(ctx, location, pieces, ids...); !a.OK() {
		return fmt.Errorf("set stock: %w", a.Err())
	}
	for i, id := range ids {
		s.pools[pool] = append(s.pools[pool], wire.Document{ID: id, Ref: list[i].Code})
	}
	return nil
}

// tracked makes n products of which nothing is in stock yet: by turns with lots and with
// serial numbers.
func (s *seeder) tracked(ctx context.Context, n int) error {
	list := make([]odoo.Product, n)
	for i := range list {
		code := fmt.Sprintf("%s-T%d", s.prefix, i+1)
		list[i] = odoo.Product{Name: "Tracked " + code, Code: code, Price: 25, Tracking: odoo.ByLot}
		if i%2 == 1 {
			list[i].Tracking = odoo.BySerial
		}
	}
	ids, a := s.client.CreateProducts(ctx, list)
	if !a.OK() {
		return fmt.Errorf("create products: %w", a.Err())
	}
	for i, id := range ids {
		s.pools[wire.Tracked] = append(s.pools[wire.Tracked], wire.Document{ID: id, Ref: list[i].Code})
	}
	return nil
}

// shelves makes n locations for putaway.
func (s *seeder) shelves(ctx context.Context, n int) error {
	for i := range n {
		name := fmt.Sprintf("%s-R%d", s.prefix, i+1)
		id, a := s.client.CreateShelf(ctx, name)
		if !a.OK() {
			return fmt.Errorf("create shelf: %w", a.Err())
		}
		s.pools[wire.Shelves] = append(s.pools[wire.Shelves], wire.Document{ID: id, Ref: name})
	}
	return nil
}

// scarce makes one product of which n pieces are in stock. Orders beyond that wait for goods.
func (s *seeder) scarce(ctx context.Context, n int) error {
	code := s.prefix + "-HOT"
	return s.stocked(ctx, wire.Scarce, float64(n), []odoo.Product{{Name: "Campaign " + code, Code: code, Price: 9.9}})
}

// confirmed makes n confirmed orders. Products go round, so that orders which are
// shipped at the same time seldom wait for the same stock. What counts is what is
// there afterwards: a target that loses what it acknowledged is what some tests look
// for, and they must be able to begin.
func (s *seeder) confirmed(ctx context.Context, n int) ([]wire.Document, error) {
	var all []wire.Document
	for spare := n/2 + 2*batch; len(all) < n; {
		list := s.newOrders(min(batch, n-len(all)))
		ids, a := s.client.CreateOrders(ctx, list)
		if !a.OK() {
			return nil, fmt.Errorf("create orders: %w", a.Err())
		}
		confirmed := s.client.Confirm(ctx, ids...)
		states, a := s.client.OrderStates(ctx, ids...)
		if !a.OK() {
			return nil, fmt.Errorf("read orders: %w", a.Err())
		}
		before := len(all)
		for i, id := range ids {
			if states[id] == "sale" {
				all = append(all, wire.Document{ID: id, Ref: list[i].Ref, Order: id})
			}
		}
		missing := len(ids) - (len(all) - before)
		if missing > 0 && !confirmed.OK() && len(states) == len(ids) {
			return nil, fmt.Errorf("confirm orders: %w", confirmed.Err())
		}
		if spare -= missing; spare < 0 {
			return nil, errors.New("too many of the orders that were acknowledged are not there")
		}
	}
	return all, nil
}

// newOrders are n orders to create.
func (s *seeder) newOrders(n int) []odoo.Order {
	products, partners := s.pools[wire.Products], s.pools[wire.Partners]
	list := make([]odoo.Order, n)
	for i := range list {
		s.made++
		list[i] = odoo.Order{Ref: fmt.Sprintf("%s-S%d", s.prefix, s.made), Partner: partners[s.made%len(partners)].ID}
		for l := range linesPerOrder {
			product := products[(s.made*linesPerOrder+l)%len(products)]
			list[i].Lines = append(list[i].Lines, odoo.Line{Product: product.ID, Quantity: 1})
		}
	}
	return list
}

// orders fills a pool with confirmed orders.
func (s *seeder) orders(pool string) func(context.Context, int) error {
	return func(ctx context.Context, n int) error {
		made, err := s.confirmed(ctx, n)
		s.pools[pool] = made
		return err
	}
}

// shipments makes reserved pickings.
func (s *seeder) shipments(ctx context.Context, n int) error {
	orders, err := s.confirmed(ctx, n)
	if err != nil {
		return err
	}
	refs, ids := map[int64]string{}, make([]int64, len(orders))
	for i, o := range orders {
		refs[o.ID], ids[i] = o.Ref, o.ID
	}
	pickings, err := s.reserved(ctx, ids)
	if err != nil {
		return err
	}
	byOrder := map[int64]odoo.Picking{}
	for _, p := range pickings {
		byOrder[p.Order] = p
	}
	for _, order := range ids {
		p, ok := byOrder[order]
		if !ok || p.State != "assigned" {
			return fmt.Errorf("order %s has no reserved picking (state %q): is stock installed, are its products in stock?",
				refs[order], p.State)
		}
		s.pools[wire.Shipments] = append(s.pools[wire.Shipments],
			wire.Document{ID: p.ID, Ref: refs[order], Order: order, Lines: p.Lines})
	}
	return nil
}

// reserved reads the pickings of orders. It reserves first where confirming did not reserve
// at once.
func (s *seeder) reserved(ctx context.Context, orders []int64) ([]odoo.Picking, error) {
	pickings, a := s.client.Pickings(ctx, orders...)
	if !a.OK() {
		return nil, fmt.Errorf("read pickings: %w", a.Err())
	}
	var open []int64
	for _, p := range pickings {
		if p.State == "confirmed" || p.State == "waiting" {
			open = append(open, p.ID)
		}
	}
	if len(open) == 0 {
		return pickings, nil
	}
	if a := s.client.Reserve(ctx, open...); !a.OK() {
		return nil, fmt.Errorf("reserve: %w", a.Err())
	}
	if pickings, a = s.client.Pickings(ctx, orders...); !a.OK() {
		return nil, fmt.Errorf("read pickings: %w", a.Err())
	}
	return pickings, nil
}

// posted makes posted invoices.
func (s *seeder) posted(ctx context.Context, n int) error {
	orders, err := s.confirmed(ctx, n)
	if err != nil {
		return err
	}
	for len(orders) > 0 {
		part := orders[:min(batch, len(orders))]
		orders = orders[len(part):]
		ids := make([]int64, len(part))
		for i, o := range part {
			ids[i] = o.ID
		}
		invoices, a := s.client.Invoice(ctx, ids...)
		if !a.OK() {
			return fmt.Errorf("invoice: %w", a.Err())
		}
		posting := make([]int64, len(invoices))
		for i, invoice := range invoices {
			posting[i] = invoice.ID
			s.pools[wire.Posted] = append(s.pools[wire.Posted], wire.Document{ID: invoice.ID, Ref: invoice.Ref})
		}
		if a := s.client.Post(ctx, posting...); !a.OK() {
			return fmt.Errorf("post: %w", a.Err())
		}
	}
	return nil
}
