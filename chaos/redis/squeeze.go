package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"example.org/odooharness/chaos"
)

// SqueezeMemory lowers maxmemory to a number of bytes or to a share of what is
// used now. With policy noeviction writes then fail, with the others keys are
// evicted; a key that is evicted does not come back with Recover. The settings of before
// are in a mark in the server: see [Find].
func SqueezeMemory(target Target, bytes int64, percent int, policy string, longest time.Duration) chaos.Fault {
	if policy == "" {
		policy = "noeviction"
	}
	return &squeeze{server: server{target: target}, bytes: bytes, percent: percent, policy: policy, longest: longest}
}

type squeeze struct {
	server
	bytes    int64
	percent  int
	policy   string
	longest  time.Duration
	previous map[string]string
	evicted  int64
}

// Prepare keeps the settings of before.
func (f *squeeze) Prepare(ctx context.Context) error {
	if err := f.server.Prepare(ctx); err != nil {
		return err
	}
	previous, err := f.client.ConfigGet(ctx, "maxmemory*").Result()
	if err != nil {
		return fmt.Errorf("read settings of %s: %w", f.target.Name, err)
	}
	f.previous = map[string]string{
		"maxmemory-policy": previous["maxmemory-policy"], "maxmemory": previous["maxmemory"],
	}
	return nil
}

func (f *squeeze) Inject(ctx context.Context) error {
	var err error
	if f.evicted, err = f.number(ctx, "stats", "evicted_keys"); err != nil {
		return err
	}
	if f.percent > 0 {
		used, err := f.number(ctx, "memory", "used_memory")
		if err != nil {
			return err
		}
		f.bytes = used * int64(f.percent) / 100
	}
	owner := f.target.Mark.Now(f.longest)
	owner.Fault = cmp.Or(owner.Fault, "squeeze-memory")
	if err := f.target.leave(ctx, f.client, settings{Owner: owner, Before: f.previous}); err != nil {
		return err
	}
	return f.target.set(ctx, f.client, map[string]string{
		"maxmemory-policy": f.policy, "maxmemory": strconv.FormatInt(f.bytes, 10),
	})
}

// set changes the policy before the ceiling, so that no key is evicted under the
// policy of before.
func (t Target) set(ctx context.Context, client *redis.Client, settings map[string]string) error {
	for _, key := range []string{"maxmemory-policy", "maxmemory"} {
		if err := client.ConfigSet(ctx, key, settings[key]).Err(); err != nil {
			return fmt.Errorf("set %s of %s: %w", key, t.Name, err)
		}
	}
	return nil
}

// InEffect shows that memory is over the ceiling, or that keys were evicted.
func (f *squeeze) InEffect(ctx context.Context) (chaos.Proof, error) {
	ceiling, err1 := f.number(ctx, "memory", "maxmemory")
	used, err2 := f.number(ctx, "memory", "used_memory")
	evicted, err3 := f.number(ctx, "stats", "evicted_keys")
	if err := errors.Join(err1, err2, err3); err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{
		Shown: ceiling == f.bytes && (used > ceiling || evicted > f.evicted),
		Evidence: fmt.Sprintf("%s: %d bytes used of %d allowed, %d keys evicted, policy %s",
			f.target.Name, used, ceiling, evicted-f.evicted, f.policy),
	}, nil
}

// Recover restores the settings of before and removes the mark.
func (f *squeeze) Recover(ctx context.Context) error {
	if f.previous == nil {
		return nil
	}
	return errors.Join(f.target.set(ctx, f.client, f.previous), f.target.unmark(ctx, f.client))
}

// Recovered shows the ceiling of before.
func (f *squeeze) Recovered(ctx context.Context) (chaos.Proof, error) {
	ceiling, err := f.number(ctx, "memory", "maxmemory")
	if err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{
		Shown:    strconv.FormatInt(ceiling, 10) == f.previous["maxmemory"],
		Evidence: fmt.Sprintf("%s: maxmemory is %d", f.target.Name, ceiling),
	}, nil
}
