package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/mark"
	"example.org/odooharness/internal/secret"
)

// Target is a Redis server.
type Target struct {
	Name string // component, for evidence
	URL  secret.Text
	Mark mark.Mark // whose faults these are
}

// server is what the faults have in common: a client from Prepare to Close.
type server struct {
	target Target
	client *redis.Client
}

// Prepare connects.
func (s *server) Prepare(ctx context.Context) (err error) {
	s.client, err = s.target.connect(ctx)
	return err
}

// connect opens a client and checks that the server answers.
func (t Target) connect(ctx context.Context) (*redis.Client, error) {
	options, err := redis.ParseURL(t.URL.Reveal())
	if err != nil || secret.CheckURL(t.URL) != nil {
		return nil, fmt.Errorf("read url of %s: %w", t.Name, secret.ErrMalformed)
	}
	// Every call is bounded by its context alone, and tried once: a retry would
	// blur the proofs.
	options.ContextTimeoutEnabled = true
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.ReadTimeout, options.WriteTimeout = -1, -1
	options.DisableIdentity = true
	client := redis.NewClient(options)
	if err := client.Ping(ctx).Err(); err != nil {
		return nil, fmt.Errorf("ping %s: %w", t.Name, errors.Join(err, client.Close()))
	}
	return client, nil
}

// Close ends the connections.
func (s *server) Close(context.Context) error {
	if s.client == nil {
		return nil
	}
	err := s.client.Close()
	s.client = nil
	if err != nil {
		return fmt.Errorf("close connection to %s: %w", s.target.Name, err)
	}
	return nil
}

// Recovered shows that the server answers.
func (s *server) Recovered(ctx context.Context) (chaos.Proof, error) {
	start := time.Now()
	if err := s.client.Ping(ctx).Err(); err != nil {
		return chaos.Proof{}, fmt.Errorf("ping %s: %w", s.target.Name, err)
	}
	return chaos.Proof{
		Shown:    true,
		Evidence: fmt.Sprintf("%s: PING answered in %.1f ms", s.target.Name, millis(time.Since(start))),
	}, nil
}

// info reads sections of INFO into a map.
func (s *server) info(ctx context.Context, section string) (map[string]string, error) {
	text, err := s.client.Info(ctx, section).Result()
	if err != nil {
		return nil, fmt.Errorf("read info %s of %s: %w", section, s.target.Name, err)
	}
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[key] = value
		}
	}
	return fields, nil
}

func (s *server) number(ctx context.Context, section, key string) (int64, error) {
	fields, err := s.info(ctx, section)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(fields[key], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read %s of %s: %w", key, s.target.Name, err)
	}
	return n, nil
}

// silent reports whether a call ended because nothing came in time.
func silent(err error) bool {
	var timeout interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout())
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
