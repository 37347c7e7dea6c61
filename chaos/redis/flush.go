package redis

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"example.org/odooharness/chaos"
)

// Flush deletes every key of every database of the server. It cannot be
// reverted: sessions and queued jobs are lost.
func Flush(target Target) chaos.Fault { return &flush{server: server{target: target}} }

type flush struct {
	server
	keys  int64 // before
	calls int64 // of FLUSHALL before
}

// Inject counts, then deletes.
func (f *flush) Inject(ctx context.Context) error {
	var err error
	if f.keys, f.calls, err = f.read(ctx); err != nil {
		return err
	}
	if err := f.client.FlushAll(ctx).Err(); err != nil {
		return fmt.Errorf("flush %s: %w", f.target.Name, err)
	}
	return nil
}

// read counts the keys, and the flushes that the server has done.
func (f *flush) read(ctx context.Context) (keys, calls int64, err error) {
	spaces, err := f.info(ctx, "keyspace") // db0:keys=12,expires=3,avg_ttl=0
	if err != nil {
		return 0, 0, err
	}
	for _, value := range spaces {
		keys += figure(value, "keys")
	}
	stats, err := f.info(ctx, "commandstats") // cmdstat_flushall:calls=1,usec=...
	if err != nil {
		return 0, 0, err
	}
	return keys, figure(stats["cmdstat_flushall"], "calls"), nil
}

// figure reads one name=value of a list.
func figure(list, name string) int64 {
	for pair := range strings.SplitSeq(list, ",") {
		if text, ok := strings.CutPrefix(pair, name+"="); ok {
			n, _ := strconv.ParseInt(text, 10, 64) // Redis writes numbers
			return n
		}
	}
	return 0
}

// InEffect shows that the server counted the flush, and that there was something
// to lose.
func (f *flush) InEffect(ctx context.Context) (chaos.Proof, error) {
	keys, calls, err := f.read(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	if f.keys == 0 {
		return chaos.Proof{Evidence: f.target.Name + ": there was no key to lose"}, nil
	}
	return chaos.Proof{
		Shown:    calls > f.calls,
		Evidence: fmt.Sprintf("%s: FLUSHALL done, %d keys before, %d now", f.target.Name, f.keys, keys),
	}, nil
}

// Recover has nothing to revert.
func (f *flush) Recover(context.Context) error { return nil }
