package business

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is what the business needs from the process that runs it.
type Server interface {
	// Has reports whether a weakness is planted.
	Has(weakness string) bool
	// Spend waits for a service time of Odoo, scaled.
	Spend(ctx context.Context, d time.Duration)
	// Push adds a job to the connector's stream without the outbox.
	Push(ctx context.Context, database string, j Job) error
	// Log writes a line in the form of Odoo's log.
	Log(level, database, text string)
}

// Call is one method call with the transaction that it runs in.
type Call struct {
	Server    Server
	Catalogue *Catalogue
	Database  string
	Tx        pgx.Tx
	UID       int64

	Model, Method string
	IDs           []int64
	Args          Arguments
	Context       Arguments

	After   []func(context.Context) // run after the commit
	Queries int                     // statements sent so far
	SQLTime time.Duration           // time spent in them
}

// Arguments are named arguments of a method, or the members of a context.
type Arguments map[string]json.RawMessage

// Positional reads arguments in RPC's form: ids first, then by position or name.
func (c *Call) Positional(op Operation, args []json.RawMessage, named Arguments) error {
	all := Arguments{}
	for name, value := range named {
		all[name] = value
	}
	names := op.names
	if op.onIDs {
		names = append([]string{"ids"}, names...)
	}
	if len(args) > len(names) {
		return BadArguments(fmt.Errorf("%s.%s takes %d positional arguments but %d were given",
			c.Model, c.Method, len(names), len(args)))
	}
	for i, value := range args {
		all[names[i]] = value
	}
	return c.Named(all)
}

// Named reads arguments in JSON-2's form.
func (c *Call) Named(args Arguments) error {
	c.Args, c.Context = args, Arguments{}
	if raw, ok := args["context"]; ok {
		if err := json.Unmarshal(raw, &c.Context); err != nil {
			return BadArguments(fmt.Errorf("context: %w", err))
		}
	}
	raw, ok := args["ids"]
	if !ok {
		return nil
	}
	var one int64
	if json.Unmarshal(raw, &one) == nil {
		c.IDs = []int64{one}
		return nil
	}
	if err := json.Unmarshal(raw, &c.IDs); err != nil {
		return BadArguments(fmt.Errorf("ids: %w", err))
	}
	return nil
}

// argument decodes a named argument; an absent one stays the zero value.
func argument[T any](args Arguments, name string) (T, error) {
	var value T
	raw, ok := args[name]
	if !ok || string(raw) == "null" {
		return value, nil
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return value, BadArguments(fmt.Errorf("%s: %w", name, err))
	}
	return value, nil
}

// flag reads a truth value of the context.
func (c *Call) flag(name string) bool {
	raw := string(c.Context[name])
	return raw != "" && raw != "false" && raw != "null" && raw != "0" && raw != "[]"
}

// sorted is the ids in order, each once: the order in which Odoo locks records.
func sorted(ids []int64) []int64 {
	all := slices.Clone(ids)
	slices.Sort(all)
	return slices.Compact(all)
}

// Account reads the caller's account, as Odoo does before every method.
func (c *Call) Account(ctx context.Context) error {
	var login string
	return c.row(ctx, "select login from res_users where id = $1", c.UID).Scan(&login)
}
