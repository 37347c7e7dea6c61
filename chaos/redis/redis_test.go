package redis_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/mark"
	"example.org/odooharness/chaos/redis"
	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/internal/testing/testbed"
)

func server(t *testing.T) (redis.Target, *goredis.Client) {
	t.Helper()
	part := testbed.Redis(t, "t1/redis")
	options, err := goredis.ParseURL(part.RedisURL.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	options.ContextTimeoutEnabled = true
	options.MaxRetries = -1
	client := goredis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	return redis.Target{Name: part.Name, URL: part.RedisURL}, client
}

func shown(t *testing.T, prove func(context.Context) (chaos.Proof, error)) {
	t.Helper()
	eventually.Nil(t, time.Minute, "the proof", func() error {
		proof, err := prove(t.Context())
		if err == nil && !proof.Shown {
			err = errors.New(proof.Evidence)
		}
		if err == nil {
			t.Log(proof.Evidence)
		}
		return err
	})
}

// unshown holds that a proof is not given where the fault is not.
func unshown(t *testing.T, prove func(context.Context) (chaos.Proof, error)) {
	t.Helper()
	if proof, err := prove(t.Context()); err != nil || proof.Shown {
		t.Errorf("got %+v, %v; want it not shown", proof, err)
	}
}

func start(t *testing.T, fault chaos.Fault) {
	t.Helper()
	t.Cleanup(func() {
		if err := fault.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err := errors.Join(fault.Prepare(t.Context()), fault.Inject(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// Calls that are to succeed get patience: a busy machine may be slow. Those that are to hang
// are given up after a while.
const (
	patience = time.Minute
	aWhile   = 200 * time.Millisecond
)

func get(t *testing.T, client *goredis.Client, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	return client.Get(ctx, "k").Err()
}

func set(t *testing.T, client *goredis.Client, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	return client.Set(ctx, "k", "v", 0).Err()
}

func TestPauseOfWritesIsTakenBack(t *testing.T) {
	target, client := server(t)
	if err := set(t, client, patience); err != nil {
		t.Fatal(err)
	}
	fault := redis.PauseClients(target, true, time.Minute)
	start(t, fault)
	shown(t, fault.InEffect)
	if err := get(t, client, patience); err != nil {
		t.Errorf("reading: %v", err)
	}
	if err := set(t, client, aWhile); err == nil {
		t.Error("writing went through")
	}
	early, cancel := context.WithTimeout(t.Context(), 30*time.Second) // the pause itself would last a minute
	defer cancel()
	if err := fault.Recover(early); err != nil {
		t.Fatalf("recover: %v", err)
	}
	shown(t, fault.Recovered)
	if err := set(t, client, patience); err != nil {
		t.Error(err)
	}
	unshown(t, fault.InEffect)
}

func TestPauseOfAllEndsByItself(t *testing.T) {
	target, client := server(t)
	if err := set(t, client, patience); err != nil {
		t.Fatal(err)
	}
	fault := redis.PauseClients(target, false, 1500*time.Millisecond)
	start(t, fault)
	shown(t, fault.InEffect)
	if err := get(t, client, aWhile); err == nil {
		t.Error("reading went through")
	}
	if err := fault.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	shown(t, fault.Recovered)
	if err := get(t, client, patience); err != nil {
		t.Error(err)
	}
}

func TestFlush(t *testing.T) {
	target, client := server(t)
	empty := redis.Flush(target)
	start(t, empty)
	unshown(t, empty.InEffect) // there was nothing to lose
	if err := set(t, client, patience); err != nil {
		t.Fatal(err)
	}
	fault := redis.Flush(target)
	start(t, fault)
	shown(t, fault.InEffect)
	if err := get(t, client, patience); !errors.Is(err, goredis.Nil) {
		t.Errorf("the key: %v, want it gone", err)
	}
	if err := fault.Recover(t.Context()); err != nil {
		t.Error(err)
	}
	shown(t, fault.Recovered)
}

func TestSqueezeMemory(t *testing.T) {
	target, client := server(t)
	for i := range 200 {
		if err := client.Set(t.Context(), "key"+strconv.Itoa(i), strings.Repeat("x", 4096), 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for policy, eviction := range map[string]bool{"noeviction": false, "allkeys-random": true} {
		fault := redis.SqueezeMemory(target, 0, 90, policy, time.Minute)
		start(t, fault)
		err := set(t, client, patience)
		if eviction == (err != nil) {
			t.Errorf("%s: writing gives %v", policy, err)
		}
		shown(t, fault.InEffect)
		if err := fault.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
		shown(t, fault.Recovered)
		if err := set(t, client, patience); err != nil {
			t.Error(err)
		}
		got, err := client.ConfigGet(t.Context(), "maxmemory*").Result()
		if err != nil || got["maxmemory"] != "0" || got["maxmemory-policy"] != "noeviction" {
			t.Errorf("settings after: %v, %v", got, err)
		}
	}
}

// What a killed process has left is found by its mark, and reverted.
func TestFind(t *testing.T) {
	target, client := server(t)
	if left, err := redis.Find(t.Context(), target); err != nil || len(left) != 0 {
		t.Errorf("before the fault: %v, %v", left, err)
	}
	target.Mark = mark.New("squeeze-memory", "peak/7")
	if err := client.ConfigSet(t.Context(), "maxmemory", "77mb").Err(); err != nil {
		t.Fatal(err)
	}
	fault := redis.SqueezeMemory(target, 1<<20, 0, "allkeys-lru", time.Minute)
	if err := errors.Join(fault.Prepare(t.Context()), fault.Inject(t.Context()), fault.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	left, err := redis.Find(t.Context(), target)
	if err != nil || len(left) != 1 {
		t.Fatalf("found %v, %v; want one", left, err)
	}
	l := left[0]
	if l.State != "maxmemory was lowered; before it was 80740352 with policy noeviction" || l.Run != "peak/7" || !l.Living(time.Now()) ||
		l.ByHand != "CONFIG SET maxmemory-policy noeviction maxmemory 80740352; ACL DELUSER odoo-harness-fault" {
		t.Errorf("found %+v", l)
	}
	if err := errors.Join(l.Revert(t.Context()), l.Revert(t.Context())); err != nil { // it can be repeated
		t.Error(err)
	}
	got, err := client.ConfigGet(t.Context(), "maxmemory*").Result()
	if err != nil || got["maxmemory"] != "80740352" || got["maxmemory-policy"] != "noeviction" {
		t.Errorf("settings after: %v, %v", got, err)
	}
	if left, err := redis.Find(t.Context(), target); err != nil || len(left) != 0 {
		t.Errorf("after it was reverted: %v, %v", left, err)
	}
}

func TestUnreachable(t *testing.T) {
	fault := redis.Flush(redis.Target{Name: "t1/redis", URL: "redis://127.0.0.1:1"})
	if err := fault.Prepare(t.Context()); err == nil || !strings.Contains(err.Error(), "t1/redis") {
		t.Errorf("got %v", err)
	}
	if err := fault.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// Trimming takes the entries of one stream and nothing else; an empty stream proves
// nothing.
func TestTrimStream(t *testing.T) {
	target, client := server(t)
	empty := redis.TrimStream(target, "jobs")
	start(t, empty)
	unshown(t, empty.InEffect)

	for range 5 {
		if err := client.XAdd(t.Context(), &goredis.XAddArgs{Stream: "jobs", Values: []string{"a", "b"}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Set(t.Context(), "other", "stays", 0).Err(); err != nil {
		t.Fatal(err)
	}
	fault := redis.TrimStream(target, "jobs")
	start(t, fault)
	shown(t, fault.InEffect)
	if n, err := client.XLen(t.Context(), "jobs").Result(); err != nil || n != 0 {
		t.Errorf("the stream has %d entries, %v; want none", n, err)
	}
	if got := client.Get(t.Context(), "other").Val(); got != "stays" {
		t.Errorf("another key is %q", got)
	}
	shown(t, fault.Recovered)
}
