package redis

import (
	"context"
	"fmt"
	"time"

	"example.org/odooharness/chaos"
)

// LongestPause is how long all commands may be paused: such a pause cannot be
// reverted early, since Redis takes no CLIENT UNPAUSE during it (tried with
// 7.0; a pause of writes does take it).
const LongestPause = 10 * time.Second

// PauseClients has the server hold every command, or only those that write, for
// the duration (CLIENT PAUSE). Clients wait and see no error.
func PauseClients(target Target, writesOnly bool, duration time.Duration) chaos.Fault {
	return &pause{server: server{target: target}, writes: writesOnly, duration: duration}
}

type pause struct {
	server
	writes   bool
	duration time.Duration
	end      time.Time
}

func (f *pause) Inject(ctx context.Context) error {
	mode := "ALL"
	if f.writes {
		mode = "WRITE"
	}
	f.end = time.Now().Add(f.duration)
	if err := f.client.Do(ctx, "client", "pause", f.duration.Milliseconds(), mode).Err(); err != nil {
		return fmt.Errorf("pause clients of %s: %w", f.target.Name, err)
	}
	return nil
}

// try sends the cheapest command that the pause holds: PING, or PUBLISH to a
// channel that nobody listens to, which counts as a write and changes nothing.
func (f *pause) try(ctx context.Context) error {
	if f.writes {
		return f.client.Publish(ctx, "odoo-harness-probe", "").Err()
	}
	return f.client.Ping(ctx).Err()
}

func (f *pause) InEffect(ctx context.Context) (chaos.Proof, error) {
	const limit = 300 * time.Millisecond
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := f.try(bounded)
	switch {
	case err == nil:
		return chaos.Proof{Evidence: f.target.Name + ": a command was answered"}, nil
	case silent(err) && ctx.Err() == nil:
		return chaos.Proof{
			Shown: true, Evidence: fmt.Sprintf("%s: a command had no answer within %v", f.target.Name, limit),
		}, nil
	}
	return chaos.Proof{}, fmt.Errorf("probe %s: %w", f.target.Name, err)
}

// Recover ends the pause. One of all commands has to be waited for: this very
// command is held until it is over.
func (f *pause) Recover(ctx context.Context) error {
	if f.client == nil {
		return nil
	}
	if err := f.client.Do(ctx, "client", "unpause").Err(); err != nil {
		return fmt.Errorf("end pause of %s, which ends by itself at %s: %w",
			f.target.Name, f.end.Format(time.TimeOnly), err)
	}
	return nil
}

func (f *pause) Recovered(ctx context.Context) (chaos.Proof, error) {
	bounded, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	start := time.Now()
	if err := f.try(bounded); err != nil {
		return chaos.Proof{}, fmt.Errorf("probe %s: %w", f.target.Name, err)
	}
	return chaos.Proof{
		Shown:    true,
		Evidence: fmt.Sprintf("%s: a command was answered in %.1f ms", f.target.Name, millis(time.Since(start))),
	}, nil
}
