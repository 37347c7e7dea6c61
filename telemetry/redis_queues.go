package telemetry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	discoverEvery = 30 * time.Second
	maxQueues     = 20
	maxScans      = 20 // calls of SCAN, each over about a thousand keys
)

// queues reads the length of queues: the streams and lists of the setup, else the
// streams that a short scan finds.
type queues struct {
	named      []string
	found      []string
	discovered time.Time
}

func queueSeries() []Series {
	return []Series{
		{"redis.queue.length", "count", lower, "entries of the stream or list named by the label"},
		{"redis.queue.pending", "count", lower, "stream: delivered to a consumer and not acknowledged, over its groups"},
		{"redis.queue.lag", "count", lower, "stream: not yet delivered, of the group that is furthest behind"},
		{"redis.queue.age", "s", lower, "stream: age of its oldest entry, by its id"},
	}
}

func (q *queues) read(ctx context.Context, client *redis.Client, g *gather) error {
	names := q.named
	if len(names) == 0 {
		if err := q.discover(ctx, client); err != nil {
			return fmt.Errorf("look for streams: %w", err)
		}
		names = q.found
	}
	var problems []error
	for _, name := range names {
		if err := queue(ctx, client, name, g); err != nil {
			problems = append(problems, fmt.Errorf("queue %s: %w", name, err))
		}
	}
	return errors.Join(problems...)
}

// discover looks for streams from time to time, with a limit: a Redis with sessions has
// many keys.
func (q *queues) discover(ctx context.Context, client *redis.Client) error {
	if time.Since(q.discovered) < discoverEvery && (len(q.found) > 0 || time.Since(q.discovered) < 5*time.Second) {
		return nil
	}
	q.discovered = time.Now()
	var cursor uint64
	var found []string
	for range maxScans {
		keys, next, err := client.ScanType(ctx, cursor, "*", 1000, "stream").Result()
		if err != nil {
			return err
		}
		found = append(found, keys...)
		if cursor = next; cursor == 0 {
			break
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	q.found = found[:min(len(found), maxQueues)]
	return nil
}

// queue reads one. A queue that does not exist counts as empty: streams appear with
// their first entry.
func queue(ctx context.Context, client *redis.Client, name string, g *gather) error {
	kind, err := client.Type(ctx, name).Result()
	if err != nil {
		return err
	}
	switch kind {
	case "list":
		length, err := client.LLen(ctx, name).Result()
		if err != nil {
			return err
		}
		g.addLabel("redis.queue.length", name, float64(length))
		return nil
	case "stream":
		return stream(ctx, client, name, g)
	case "none":
		g.addLabel("redis.queue.length", name, 0)
		return nil
	}
	return fmt.Errorf("is a %s, neither stream nor list", kind)
}

func stream(ctx context.Context, client *redis.Client, name string, g *gather) error {
	var length *redis.IntCmd
	var groups *redis.XInfoGroupsCmd
	var first *redis.XMessageSliceCmd
	_, err := client.Pipelined(ctx, func(p redis.Pipeliner) error {
		length = p.XLen(ctx, name)
		groups = p.XInfoGroups(ctx, name)
		first = p.XRangeN(ctx, name, "-", "+", 1)
		return nil
	})
	if err != nil {
		return err
	}
	g.addLabel("redis.queue.length", name, float64(length.Val()))
	var pending, lag int64
	for _, group := range groups.Val() {
		pending += group.Pending
		lag = max(lag, group.Lag) // -1: Redis does not know it after deletions
	}
	if len(groups.Val()) > 0 {
		g.addLabel("redis.queue.pending", name, float64(pending))
		g.addLabel("redis.queue.lag", name, float64(lag))
	}
	age := 0.0
	if entries := first.Val(); len(entries) > 0 {
		millis, _, _ := strings.Cut(entries[0].ID, "-")
		if ms, err := strconv.ParseInt(millis, 10, 64); err == nil {
			age = max(0, time.Since(time.UnixMilli(ms)).Seconds())
		}
	}
	g.addLabel("redis.queue.age", name, age)
	return nil
}
