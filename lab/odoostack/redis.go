package odoostack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"path/filepath"

	goredis "github.com/redis/go-redis/v9"

	"example.org/odooharness/lab/odoostack/debian"
)

// redis is a Redis of a stack: web sessions and the stream of jobs.
type redis struct {
	name     string // of its folder and its configuration: redis, redis-jobs
	root     *debian.Root
	stack    string
	cgroups  []string
	port     int
	password string
	volatile bool // weakness: nothing on disk
}

// config is redis.conf. With the append-only file a restarted Redis has what it
// had up to the last second; volatile is how many installations run it.
func (r *redis) config() string {
	appendonly := "yes"
	if r.volatile {
		appendonly = "no"
	}
	return fmt.Sprintf(`# Written by the lab.
bind 127.0.0.1
port %d
requirepass %s
dir %s/%s
save ""
appendonly %s
appendfsync everysec
daemonize no
`, r.port, r.password, debian.Inside, r.folder(), appendonly)
}

func (r *redis) folder() string { return cmp.Or(r.name, "redis") }

func (r *redis) layOut() error {
	return errors.Join(
		r.root.Folder("redis", filepath.Join(r.stack, r.folder())),
		r.root.Write("redis", filepath.Join(r.stack, r.folder()+".conf"), r.config()),
	)
}

func (r *redis) command() *exec.Cmd {
	return r.root.Command("redis", r.stack, r.cgroups, nil, "redis-server", debian.Inside+"/"+r.folder()+".conf")
}

// url reaches the server at a port: its own, or that of its edge.
func (r *redis) url(port int) string {
	u := url.URL{Scheme: "redis", User: url.UserPassword("", r.password), Host: loopback(port), Path: "/0"}
	return u.String()
}

// ready is one try to get a PONG.
func (r *redis) ready(ctx context.Context) error {
	// The client dials again and again, and logs it: try the port first.
	var dialer net.Dialer
	probe, err := dialer.DialContext(ctx, "tcp", loopback(r.port))
	if err != nil {
		return err
	}
	if err := probe.Close(); err != nil {
		return err
	}
	options, err := goredis.ParseURL(r.url(r.port))
	if err != nil {
		return err
	}
	client := goredis.NewClient(options)
	return errors.Join(client.Ping(ctx).Err(), client.Close())
}
