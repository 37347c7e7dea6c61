package telemetry

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestRedis(t *testing.T) {
	address, stop := redisServer(t, "")
	client := redis.NewClient(&redis.Options{Addr: address})
	defer client.Close()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(client.XGroupCreateMkStream(ctx, "jobs", "g", "0").Err())
	for range 5 {
		must(client.XAdd(ctx, &redis.XAddArgs{Stream: "jobs", Values: []string{"a", "b"}}).Err())
	}
	must(client.XReadGroup(ctx, &redis.XReadGroupArgs{Group: "g", Consumer: "c", Streams: []string{"jobs", ">"}, Count: 2}).Err())
	must(client.LPush(ctx, "list", 1, 2, 3).Err())
	must(client.Set(ctx, "text", 1, 0).Err())

	p := newRedis(Target{Component: "shared/redis", URL: hide("redis://" + address + "/0")})
	defer p.Close()
	began := time.Now()
	got := read(t, p)
	for name, want := range map[string]float64{
		"redis.up": 1, "redis.keys": 3, "redis.queue.length[jobs]": 5, "redis.queue.pending[jobs]": 2, "redis.queue.lag[jobs]": 3,
	} {
		if got := series(t, got, name, ""); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if memory := series(t, got, "redis.memory", ""); memory < 1e5 {
		t.Errorf("memory %v", memory)
	}
	for range 100 {
		must(client.Get(ctx, "text").Err())
	}
	rate := series(t, read(t, p), "redis.operations", "")
	if counted := rate * time.Since(began).Seconds(); counted < 100 {
		t.Errorf("%.0f operations between the readings, want the 100 that were sent", counted)
	}

	named := newRedis(Target{Component: "shared/redis", URL: hide("redis://" + address + "/0"), Queues: []string{"list", "none", "text"}})
	defer named.Close()
	readings, err := named.Read(ctx)
	if err == nil || !strings.Contains(err.Error(), "queue text: is a string") {
		t.Errorf("got %v, want a word on the queue that is none", err)
	}
	if got := series(t, readings, "redis.queue.length[list]", ""); got != 3 {
		t.Errorf("length of the list %v, want 3", got)
	}
	if got := series(t, readings, "redis.queue.length[none]", ""); got != 0 {
		t.Errorf("length of a queue that is not there %v, want 0", got)
	}

	stop()
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	readings, err = p.Read(limited)
	if err == nil || errors.Is(err, context.DeadlineExceeded) || series(t, readings, "redis.up", "") != 0 {
		t.Errorf("after the end: error %v, readings %v", err, readings)
	}
}

func TestRedisInfo(t *testing.T) {
	fields := parseInfo("# Server\r\nrole:master\r\nmaster_repl_offset:1000\r\nslave0:ip=127.0.0.1,port=1,state=online,offset=900,lag=0\r\n" +
		"slave1:ip=127.0.0.1,port=2,state=online,offset=400,lag=1\r\ndb0:keys=12,expires=3,avg_ttl=0\r\ndb3:keys=5,expires=0\r\n")
	if got := countKeys(fields); got != 17 {
		t.Errorf("%v keys, want 17", got)
	}
	if got, ok := replicaLag(fields); !ok || got != 600 {
		t.Errorf("lag %v, %v, want 600 of the slower one", got, ok)
	}
	g := &gather{}
	err := (&redisProbe{}).info(fields, g)
	if err == nil || !strings.Contains(err.Error(), "INFO has no used_memory") {
		t.Errorf("got %v, want the fields that are missing", err)
	}
}
