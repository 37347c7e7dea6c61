package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// redisProbe reads a server by PING and INFO, and its queues.
type redisProbe struct {
	target Target
	client *redis.Client
	rates  counters
	queues queues
}

func newRedis(t Target) *redisProbe {
	return &redisProbe{target: t, queues: queues{named: t.Queues}}
}

func redisSeries() []Series {
	return []Series{
		{"redis.up", "ratio", higher, "1 when the probe got an answer, else 0"},
		{"redis.ping", "s", lower, "time of a PING, by the probe's own connection"},
		{"redis.memory", "bytes", none, "used_memory"},
		{"redis.memory.limit", "bytes", none, "maxmemory, when there is one"},
		{"redis.clients", "count", none, "connections"},
		{"redis.clients.blocked", "count", none, "clients in a blocking call; consumers of queues wait this way"},
		{"redis.clients.rejected", "1/s", lower, "connections refused for maxclients"},
		{"redis.operations", "1/s", none, "commands processed"},
		{"redis.evictions", "1/s", lower, "keys evicted for want of memory"},
		{"redis.expirations", "1/s", none, "keys expired"},
		{"redis.keys", "count", none, "keys in all databases"},
		{"redis.replication.lag_bytes", "bytes", lower, "primary: what the furthest replica has not acknowledged"},
	}
}

func (p *redisProbe) Name() string { return "redis " + p.target.Component }

func (p *redisProbe) Close() error {
	if p.client == nil {
		return nil
	}
	err := p.client.Close()
	p.client = nil
	return err
}

// connect creates a client with one connection and without retries: the next reading is
// due in a second. It dials before each reading. Otherwise the client would log to the
// standard error while the server is down, and would try again in the background.
func (p *redisProbe) connect(ctx context.Context) error {
	options, err := redis.ParseURL(p.target.URL.Reveal())
	if err != nil {
		return errors.New("the Redis URL cannot be parsed (not shown: it may hold a password)")
	}
	knock, err := new(net.Dialer).DialContext(ctx, options.Network, options.Addr)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if err := knock.Close(); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if p.client != nil {
		return nil
	}
	options.PoolSize, options.MinIdleConns, options.MaxRetries, options.DialerRetries = 1, 0, -1, 1
	options.ContextTimeoutEnabled = true
	options.ClientName = application
	options.DisableIdentity = true
	p.client = redis.NewClient(options)
	return nil
}

func (p *redisProbe) Read(ctx context.Context) ([]Reading, error) {
	g := &gather{component: p.target.Component}
	info, err := p.read(ctx, g)
	if err != nil {
		// The next reading starts with a new connection.
		_ = p.Close() // it was broken
		g.add("redis.up", 0)
		return g.readings, err
	}
	g.add("redis.up", 1)
	return g.readings, errors.Join(p.info(parseInfo(info), g), p.queues.read(ctx, p.client, g))
}

func (p *redisProbe) read(ctx context.Context, g *gather) (info string, err error) {
	if err := p.connect(ctx); err != nil {
		return "", err
	}
	began := time.Now()
	if err := p.client.Ping(ctx).Err(); err != nil {
		return "", fmt.Errorf("ping: %w", err)
	}
	g.add("redis.ping", time.Since(began).Seconds())
	if info, err = p.client.Info(ctx).Result(); err != nil {
		return "", fmt.Errorf("info: %w", err)
	}
	return info, nil
}

// info reads the fields of INFO. Its error names the missing ones.
func (p *redisProbe) info(fields map[string]string, g *gather) error {
	var missing []string
	number := func(field string) (float64, bool) {
		v, err := strconv.ParseFloat(fields[field], 64)
		if err != nil {
			missing = append(missing, field)
		}
		return v, err == nil
	}
	for _, f := range []struct{ field, series string }{
		{"used_memory", "redis.memory"}, {"connected_clients", "redis.clients"}, {"blocked_clients", "redis.clients.blocked"},
	} {
		if v, ok := number(f.field); ok {
			g.add(f.series, v)
		}
	}
	p.rates.begin(time.Now())
	for _, f := range []struct{ field, series string }{
		{"total_commands_processed", "redis.operations"}, {"evicted_keys", "redis.evictions"},
		{"expired_keys", "redis.expirations"}, {"rejected_connections", "redis.clients.rejected"},
	} {
		if v, ok := number(f.field); ok {
			g.addRate(&p.rates, f.series, v)
		}
	}
	p.rates.end()
	if limit, err := strconv.ParseFloat(fields["maxmemory"], 64); err == nil && limit > 0 {
		g.add("redis.memory.limit", limit)
	}
	g.add("redis.keys", countKeys(fields))
	if lag, ok := replicaLag(fields); ok {
		g.add("redis.replication.lag_bytes", lag)
	}
	if len(missing) > 0 {
		return fmt.Errorf("INFO has no %s", strings.Join(missing, ", "))
	}
	return nil
}

func parseInfo(text string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[name] = value
		}
	}
	return fields
}

// countKeys adds up lines like db0:keys=12,expires=3,avg_ttl=0.
func countKeys(fields map[string]string) float64 {
	var keys float64
	for name, value := range fields {
		if strings.HasPrefix(name, "db") {
			keys += subfield(value, "keys")
		}
	}
	return keys
}

// replicaLag reads lines like slave0:ip=..,port=..,state=online,offset=100,lag=0.
func replicaLag(fields map[string]string) (float64, bool) {
	ours, err := strconv.ParseFloat(fields["master_repl_offset"], 64)
	if err != nil || fields["role"] != "master" {
		return 0, false
	}
	var lag float64
	found := false
	for name, value := range fields {
		if strings.HasPrefix(name, "slave") && strings.Contains(value, "offset=") {
			lag, found = max(lag, ours-subfield(value, "offset")), true
		}
	}
	return lag, found
}

// subfield returns one number of a value like keys=12,expires=3.
func subfield(value, name string) float64 {
	for part := range strings.SplitSeq(value, ",") {
		if v, ok := strings.CutPrefix(part, name+"="); ok {
			n, err := strconv.ParseFloat(v, 64)
			if err == nil {
				return n
			}
		}
	}
	return 0
}
