package redis

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"example.org/odooharness/chaos/mark"
)

// markUser is a user that cannot log in. The pattern of its keys is a text: the settings
// of before. It is in the memory of the server alone, as CONFIG SET is, so both end with
// the server. A key would be evicted by the very fault.
const markUser = "odoo-harness-fault"

// settings is what the mark in a server holds.
type settings struct {
	Owner  mark.Mark         `json:"owner"`
	Before map[string]string `json:"before"`
}

// leave writes the mark.
func (t Target) leave(ctx context.Context, client *redis.Client, s settings) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("encode mark: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(raw) // a pattern has no blank
	if err := client.Do(ctx, "acl", "setuser", markUser, "reset", "off", "~"+text).Err(); err != nil {
		return fmt.Errorf("leave a mark in %s (ACL SETUSER, Redis 6 or newer), without which nobody could find the fault "+
			"after a crash: %w", t.Name, err)
	}
	return nil
}

// unmark removes the mark.
func (t Target) unmark(ctx context.Context, client *redis.Client) error {
	if err := client.Do(ctx, "acl", "deluser", markUser).Err(); err != nil {
		return fmt.Errorf("remove the mark in %s: %w", t.Name, err)
	}
	return nil
}

// Find lists the faults that a crash has left in a server: changed limits of memory. It
// reads only. A server that cannot hold a mark has none.
func Find(ctx context.Context, target Target) ([]mark.Left, error) {
	client, err := target.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close() // nothing is written
	list, err := client.Do(ctx, "acl", "list").StringSlice()
	if err != nil {
		return nil, nil //nolint:nilerr // without ACL no fault could be made
	}
	for _, line := range list {
		fields := strings.Fields(line) // user NAME off ~PATTERN ...
		if len(fields) < 2 || fields[1] != markUser {
			continue
		}
		for _, field := range fields {
			if text, is := strings.CutPrefix(field, "~"); is {
				return target.left(text)
			}
		}
		return nil, fmt.Errorf("the mark in %s (ACL user %s) has no text", target.Name, markUser)
	}
	return nil, nil
}

// left reads the text of a mark.
func (t Target) left(text string) ([]mark.Left, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	var s settings
	if err == nil {
		err = json.Unmarshal(raw, &s)
	}
	if err != nil {
		return nil, fmt.Errorf("read the mark in %s: %w", t.Name, err)
	}
	return []mark.Left{{
		Mark: s.Owner, Component: t.Name,
		State: fmt.Sprintf("maxmemory was lowered; before it was %s with policy %s", s.Before["maxmemory"],
			s.Before["maxmemory-policy"]),
		ByHand: fmt.Sprintf("CONFIG SET maxmemory-policy %s maxmemory %s; ACL DELUSER %s", s.Before["maxmemory-policy"],
			s.Before["maxmemory"], markUser),
		Revert: func(ctx context.Context) error { return t.revert(ctx, s) },
	}}, nil
}

func (t Target) revert(ctx context.Context, s settings) error {
	client, err := t.connect(ctx)
	if err != nil {
		return err
	}
	defer client.Close() // all answers were read
	return errors.Join(t.set(ctx, client, s.Before), t.unmark(ctx, client))
}
