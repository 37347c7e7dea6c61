package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/lab/embedded/business"
)

// callExternal is /jsonrpc: what connectors to Odoo 14 to 18 use, with a key for a password.
// Services are common (authenticate) and object (execute_kw). It does not touch Redis.
func (s *server) callExternal(ctx context.Context, _ http.ResponseWriter, _ *http.Request, c *call,
	params json.RawMessage,
) (json.RawMessage, error) {
	var ask struct {
		Service, Method string
		Args            []json.RawMessage
	}
	if err := json.Unmarshal(params, &ask); err != nil {
		return nil, business.BadArguments(err)
	}
	switch ask.Service + "." + ask.Method {
	case "common.authenticate":
		return s.findUser(ctx, c, ask.Args)
	case "object.execute_kw":
		return s.executeKW(ctx, c, ask.Args)
	}
	return nil, business.NewError("builtins.KeyError", fmt.Sprintf("'%s.%s'", ask.Service, ask.Method), 500, 200)
}

// decode reads arguments by position; more of them than places are ignored.
func decode(args []json.RawMessage, places ...any) error {
	if len(args) < len(places) {
		return business.BadArguments(fmt.Errorf("%d arguments, want %d", len(args), len(places)))
	}
	for i, place := range places {
		if err := json.Unmarshal(args[i], place); err != nil {
			return business.BadArguments(err)
		}
	}
	return nil
}

// findUser answers with the id of the key's user, false when the key does not belong to the login.
func (s *server) findUser(ctx context.Context, c *call, args []json.RawMessage) (json.RawMessage, error) {
	var name, login, key string
	if err := decode(args, &name, &login, &key); err != nil {
		return nil, err
	}
	c.db = s.databases[name]
	conn, err := s.connect(ctx, c.db)
	if err != nil {
		return nil, err
	}
	defer func() { s.putBack(c.db, conn) }()
	s.Spend(ctx, 10*time.Millisecond) // the key's check
	var uid int64
	err = conn.QueryRow(ctx, `select u.id from res_users u join res_users_apikeys k on k.user_id = u.id
		where u.login = $1 and k.key = $2`, login, Digest(key)).Scan(&uid)
	if errors.Is(err, pgx.ErrNoRows) {
		return json.RawMessage("false"), nil
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(uid)
}

// executeKW calls a method of a model by positional and named arguments.
func (s *server) executeKW(ctx context.Context, c *call, args []json.RawMessage) (json.RawMessage, error) {
	var name, key, model, method string
	var positional []json.RawMessage
	var named business.Arguments
	if err := decode(args, &name, &c.UID, &key, &model, &method, &positional); err != nil {
		return nil, err
	}
	if len(args) > 6 {
		if err := decode(args[6:], &named); err != nil {
			return nil, err
		}
	}
	c.db = s.databases[name]
	conn, err := s.connect(ctx, c.db)
	if err != nil {
		return nil, err
	}
	defer func() { s.putBack(c.db, conn) }()
	var known bool
	err = conn.QueryRow(ctx, "select exists (select from res_users_apikeys where user_id = $1 and key = $2)",
		c.UID, Digest(key)).Scan(&known)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, business.NewError("odoo.exceptions.AccessDenied", "Access Denied", http.StatusForbidden, 200)
	}
	s.Spend(ctx, 10*time.Millisecond) // the key's check
	c.Model, c.Method = model, method
	op, err := s.catalogue.Find(&c.Call)
	if err != nil {
		return nil, err
	}
	if err := c.Positional(op, positional, named); err != nil {
		return nil, err
	}
	return s.perform(ctx, c, conn, op)
}
