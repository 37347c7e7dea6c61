package redis

import (
	"context"
	"fmt"

	"example.org/odooharness/chaos"
)

// TrimStream discards the entries of a stream, as a MAXLEN that is too short or a
// careless operator does. It cannot be reverted: who has no other record of
// the jobs has lost them.
func TrimStream(target Target, stream string) chaos.Fault {
	return &trim{server: server{target: target}, stream: stream}
}

type trim struct {
	server
	stream  string
	trimmed int64
}

func (f *trim) Inject(ctx context.Context) error {
	var err error
	if f.trimmed, err = f.client.XTrimMaxLen(ctx, f.stream, 0).Result(); err != nil {
		return fmt.Errorf("trim stream %s of %s: %w", f.stream, f.target.Name, err)
	}
	return nil
}

// InEffect shows that the server discarded entries.
func (f *trim) InEffect(context.Context) (chaos.Proof, error) {
	if f.trimmed == 0 {
		return chaos.Proof{Evidence: fmt.Sprintf("%s: stream %s had no entry to lose", f.target.Name, f.stream)}, nil
	}
	return chaos.Proof{Shown: true,
		Evidence: fmt.Sprintf("%s: XTRIM took %d entries off stream %s", f.target.Name, f.trimmed, f.stream)}, nil
}

// Recover has nothing to revert.
func (f *trim) Recover(context.Context) error { return nil }
