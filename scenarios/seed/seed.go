package seed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"example.org/odooharness/odoo"
	"example.org/odooharness/scenarios/wire"
)

// Settings of seeding.
const (
	callLimit     = 3 * time.Minute // of one bulk call
	batch         = 8               // orders in one call: a real Odoo takes about 80 ms each, on workers that tenants share
	onHand        = 1_000_000       // pieces of each product
	linesPerOrder = 2
)

// Run makes the documents that every tenant of the spec needs.
func Run(ctx context.Context, spec wire.Spec, outline *wire.Outline, log *slog.Logger) (wire.Documents, error) {
	documents := wire.Documents{}
	var mu sync.Mutex // guards documents
	var wait sync.WaitGroup
	problems := make([]error, len(spec.Tenants))
	for i, tenant := range spec.Tenants {
		tenant.Insecure = tenant.Insecure || outline.Insecure
		wait.Go(func() {
			pools, err := tenantPools(ctx, spec, tenant, outline, log)
			if err != nil {
				problems[i] = fmt.Errorf("seed tenant %s: %w", tenant.Name, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			documents[tenant.Name] = pools
		})
	}
	wait.Wait()
	return documents, errors.Join(problems...)
}

// seeder makes the documents of one tenant.
type seeder struct {
	client *odoo.Client
	prefix string // of references
	pools  map[string][]wire.Document
	made   int // orders so far
}

func tenantPools(
	ctx context.Context, spec wire.Spec, tenant wire.Tenant, outline *wire.Outline, log *slog.Logger,
) (map[string][]wire.Document, error) {
	need := func(pool string) int { return outline.Count(tenant.Name, pool) }
	orders := need(wire.Shipments) + need(wire.Orders) + need(wire.Invoiceable) + need(wire.Posted)
	products, partners := need(wire.Products), need(wire.Partners)
	if orders > 0 || need(wire.Scarce) > 0 {
		products, partners = max(products, 1), max(partners, 1)
	}
	if products+partners+need(wire.Tracked)+need(wire.Shelves) == 0 {
		return map[string][]wire.Document{}, nil
	}
	client, closeClient, err := Connect(ctx, tenant)
	if err != nil {
		return nil, err
	}
	defer closeClient()
	s := &seeder{client: client, prefix: spec.Ref + "-" + spec.Name, pools: map[string][]wire.Document{}}
	began := time.Now()
	if err := s.master(ctx, products, partners); err != nil {
		return nil, err
	}
	for _, step := range []struct {
		pool string
		make func(context.Context, int) error
	}{
		{wire.Shipments, s.shipments}, {wire.Orders, s.orders(wire.Orders)},
		{wire.Invoiceable, s.orders(wire.Invoiceable)}, {wire.Posted, s.posted}, {wire.Scarce, s.scarce},
		{wire.Tracked, s.tracked}, {wire.Shelves, s.shelves},
	} {
		if n := need(step.pool); n > 0 {
			if err := step.make(ctx, n); err != nil {
				return nil, fmt.Errorf("%s: %w", step.pool, err)
			}
		}
	}
	log.Info(fmt.Sprintf("seeded %s for %s: %d products, %d orders in %.1f s", tenant.Name, spec.Name, products, orders,
		time.Since(began).Seconds()))
	return s.pools, nil
}

// Connect logs the first user of a tenant in, speaking the version that answers.
func Connect(ctx context.Context, tenant wire.Tenant) (*odoo.Client, func(), error) {
	target := odoo.Tenant{
		Address: tenant.Address, Password: tenant.PasswordOf(0),
		API: odoo.API(tenant.Transport), Timeout: callLimit,
	}
	if len(tenant.Logins) > 0 {
		target.Login = tenant.Logins[0]
	}
	if len(tenant.APIKeys) > 0 {
		target.Key = tenant.APIKeys[0]
	}
	if tenant.External() {
		target.API = odoo.External
	}
	config, err := tenant.TLS(nil)
	if err != nil {
		return nil, nil, err
	}
	transport, err := odoo.NewTransport(target, nil, config)
	if err != nil {
		return nil, nil, fmt.Errorf("tenant %s: %w", tenant.Name, err)
	}
	major := tenant.Version
	if major == 0 {
		asking, err := odoo.Dial(target, transport, nil)
		if err != nil {
			return nil, nil, err
		}
		if v, err := asking.Version(ctx); err == nil {
			major = v.Major
		}
	}
	target.Dialect.Major = major
	client, err := odoo.Dial(target, transport, nil)
	if err != nil {
		return nil, nil, err
	}
	if a := client.Login(ctx); !a.OK() {
		if tenant.External() && (major == 0 || major >= 19) {
			if other := overJSON2(ctx, target, transport); other != nil {
				return other, transport.Close, nil
			}
		}
		transport.Close()
		return nil, nil, client.Describe(a)
	}
	return client, transport.Close, nil
}

// overJSON2 is a client of JSON-2 with the key of a tenant, nil when that is not accepted. A
// server may offer JSON-2 and not /jsonrpc, which a key is tried on first.
func overJSON2(ctx context.Context, target odoo.Tenant, transport odoo.Transport) *odoo.Client {
	target.API = odoo.JSON2
	client, err := odoo.Dial(target, transport, nil)
	if err != nil || !client.Login(ctx).OK() {
		return nil
	}
	return client
}
