package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"example.org/odooharness/lab/embedded/weakness"
)

// redisConfig is the configuration of an imitated Redis.
type redisConfig struct {
	Listen   string `json:"listen"`
	Password string `json:"password"`
}

// ServeRedis is the process that stands in for redis-server where that is not
// installed. It keeps everything in memory.
func ServeRedis(ctx context.Context, path string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the configuration of the imitated Redis: %w", err)
	}
	var c redisConfig
	if err := json.Unmarshal(raw, &c); err != nil {
		return fmt.Errorf("read the configuration of the imitated Redis: %w", err)
	}
	server := miniredis.NewMiniRedis()
	server.RequireAuth(c.Password)
	if err := server.StartAddr(c.Listen); err != nil {
		return fmt.Errorf("start the imitated Redis: %w", err)
	}
	defer server.Close()
	<-ctx.Done()
	return nil
}

// redisCommand is a server by the name of its configuration: with an append-only file, a restarted one has what it
// had; the weakness session-lost-on-redis-restart does without.
func (s *stack) redisCommand(name string) func() *exec.Cmd {
	return func() *exec.Cmd {
		if s.template.tools.redis == "" {
			return s.own("embedded-redis", "--config", s.configOf(name))
		}
		//nolint:noctx // its owner ends it by signals; the program was found
		return s.template.tools.user.as(exec.Command(s.template.tools.redis, filepath.Join(s.data, name, "redis.conf")))
	}
}

// writeRedis writes the configuration of a server at an address, for both programs.
func (s *stack) writeRedis(name, at string) error {
	host, port, err := net.SplitHostPort(at)
	if err != nil {
		return fmt.Errorf("configure Redis: %w", err)
	}
	appendonly := "yes"
	if s.has(weakness.SessionLost) {
		appendonly = "no"
	}
	dir := filepath.Join(s.data, name)
	file := filepath.Join(dir, "redis.conf")
	text := fmt.Sprintf("bind %s\nport %s\nrequirepass %s\ndir %s\nsave \"\"\nappendonly %s\nappendfsync no\ndaemonize no\n",
		host, port, s.redisPassword, dir, appendonly)
	u := s.template.tools.user
	return errors.Join(os.Mkdir(dir, 0o700), os.WriteFile(file, []byte(text), 0o600), u.own(dir), u.own(file),
		writeConfig(s.configOf(name), redisConfig{Listen: at, Password: s.redisPassword}))
}

// redisURL reaches the server at an address: its own, or that of its edge.
func (s *stack) redisURL(address string) string {
	u := url.URL{Scheme: "redis", User: url.UserPassword("", s.redisPassword), Host: address, Path: "/0"}
	return u.String()
}

// redisReady is one try to get a PONG from an address.
func (s *stack) redisReady(at string) func(context.Context) error {
	return func(ctx context.Context) error {
		options, err := goredis.ParseURL(s.redisURL(at))
		if err != nil {
			return err
		}
		options.MaxRetries = -1
		client := goredis.NewClient(options)
		return errors.Join(client.Ping(ctx).Err(), client.Close())
	}
}
