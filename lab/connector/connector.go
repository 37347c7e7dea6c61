// Package connector carries shipments from Odoo to the carrier: the process that
// stands outside Odoo in a lab, as such connectors do in production.
//
// What happens to a shipped delivery:
//
//  1. Odoo writes a row to its outbox table, in the transaction of the shipment;
//  2. the relay (one loop a tenant) adds the row to the Redis stream [Stream] and
//     marks it pushed;
//  3. a consumer of group [Group] reads the entry and requests a label from the carrier,
//     with database and reference as the idempotency key;
//  4. it writes the tracking number back through Odoo's API, marks the row done,
//     and only then acknowledges and deletes the entry;
//  5. the watch looks for rows that are pushed, not done, and whose entry Redis no
//     longer has (it was restarted empty, or flushed), and makes them pending again.
//
// So a job may be delivered more than once, which the idempotency key absorbs,
// but none is lost while PostgreSQL keeps its rows. This is the transactional
// outbox pattern (Richardson, Microservices Patterns, 2018, ch. 3).
//
//	err := connector.Run(ctx, config)
package connector

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
)

// connector is what the loops share.
type connector struct {
	config Config
	redis  *redis.Client
	http   *http.Client
	pools  map[string]*pgxpool.Pool // by database
	owners map[string]Tenant        // by database
	log    *slog.Logger
}

// Run relays and consumes until ctx ends. Failures of what it talks to are logged
// and met by trying again: they are what a lab is for.
func Run(ctx context.Context, config Config) error {
	if err := config.complete(); err != nil {
		return err
	}
	options, err := redis.ParseURL(config.Redis)
	if err != nil {
		return fmt.Errorf("read the connector's redis URL: %w", err)
	}
	// A silent second XADD would be a second job: retries are the loops' own.
	options.MaxRetries = -1
	options.PoolSize = config.Consumers + len(config.Tenants) + 2
	c := &connector{
		config: config,
		redis:  redis.NewClient(options),
		http:   &http.Client{Timeout: config.Timeout},
		pools:  map[string]*pgxpool.Pool{},
		owners: map[string]Tenant{},
		log:    slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	defer func() { _ = c.redis.Close() }()
	for _, t := range config.Tenants {
		pool, err := openPool(ctx, t)
		if err != nil {
			return err
		}
		defer pool.Close()
		c.pools[t.Database], c.owners[t.Database] = pool, t
	}
	var loops errgroup.Group
	for _, t := range config.Tenants {
		loops.Go(func() error { c.relay(ctx, t.Database); return nil })
	}
	for i := range config.Consumers {
		name := fmt.Sprintf("consumer-%d", i+1)
		loops.Go(func() error { c.consume(ctx, name); return nil })
	}
	c.log.Info("connector runs", "tenants", len(config.Tenants), "consumers", config.Consumers)
	return loops.Wait()
}

// openPool prepares few connections: a tenant's relay and its consumers.
func openPool(ctx context.Context, t Tenant) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(t.DSN)
	if err != nil {
		return nil, fmt.Errorf("read the DSN of %s: %w", t.Database, err)
	}
	config.MaxConns = 3
	config.MinConns = 0
	config.ConnConfig.ConnectTimeout = 5 * time.Second
	config.ConnConfig.RuntimeParams["application_name"] = "connector"
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the database of %s: %w", t.Database, err)
	}
	return pool, nil
}

// pause waits, and reports false when ctx ends before.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
