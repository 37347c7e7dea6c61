package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// arguments are named arguments of a method, or the members of a context.
type arguments map[string]json.RawMessage

// operation is a method of a model.
type operation struct {
	run     func(context.Context, *call) (any, error)
	names   []string      // of positional arguments, after the ids where onIDs
	onIDs   bool          // works on records
	writes  bool          // a lost acknowledgement matters
	heavy   bool          // holds several workers under neighbour-starvation
	median  time.Duration // Odoo's service time, measured on one client
	each    time.Duration // for every further record
	rows    string        // the argument that counts as records when there are no ids
	perRows int           // rows that one record takes in it
}

// service is Odoo's time for so many records.
func (o operation) service(ids int, args arguments) time.Duration {
	n := ids
	if o.rows != "" {
		var rows []json.RawMessage
		if json.Unmarshal(args[o.rows], &rows) == nil {
			n = max(n, len(rows)/max(1, o.perRows))
		}
	}
	return o.median + time.Duration(max(0, n-1))*o.each
}

// operation finds the method; those of every model are under "*".
func (s *server) operation(c *call) (operation, error) {
	if strings.HasPrefix(c.method, "_") {
		return operation{}, &odooError{"odoo.exceptions.AccessError",
			fmt.Sprintf("Private methods (such as '%s.%s') cannot be called remotely.", c.model, c.method), http.StatusForbidden, 200}
	}
	if op, ok := s.operations[c.model+"."+c.method]; ok {
		return op, nil
	}
	if _, ok := s.models[c.model]; ok {
		if op, ok := s.operations["*."+c.method]; ok {
			return op, nil
		}
		return operation{}, &odooError{"werkzeug.exceptions.NotFound",
			fmt.Sprintf("The method '%s' does not exist on the model '%s'", c.method, c.model), http.StatusNotFound, 200}
	}
	return operation{}, &odooError{"werkzeug.exceptions.NotFound",
		fmt.Sprintf("the model '%s' does not exist", c.model), http.StatusNotFound, 200}
}

// positional takes arguments in RPC's form: ids first, then by position or name.
func (c *call) positional(op operation, args []json.RawMessage, named arguments) error {
	all := arguments{}
	for name, value := range named {
		all[name] = value
	}
	names := op.names
	if op.onIDs {
		names = append([]string{"ids"}, names...)
	}
	if len(args) > len(names) {
		return badArguments(fmt.Errorf("%s.%s takes %d positional arguments but %d were given",
			c.model, c.method, len(names), len(args)))
	}
	for i, value := range args {
		all[names[i]] = value
	}
	return c.named(all)
}

// named takes arguments in JSON-2's form.
func (c *call) named(args arguments) error {
	c.args, c.context = args, arguments{}
	if raw, ok := args["context"]; ok {
		if err := json.Unmarshal(raw, &c.context); err != nil {
			return badArguments(fmt.Errorf("context: %w", err))
		}
	}
	raw, ok := args["ids"]
	if !ok {
		return nil
	}
	var one int64
	if json.Unmarshal(raw, &one) == nil {
		c.ids = []int64{one}
		return nil
	}
	if err := json.Unmarshal(raw, &c.ids); err != nil {
		return badArguments(fmt.Errorf("ids: %w", err))
	}
	return nil
}

// perform runs the operation as the weaknesses have it.
func (s *server) perform(ctx context.Context, c *call, conn *pgxpool.Conn, op operation) (json.RawMessage, error) {
	if op.heavy && s.config.has(NeighbourStarvation) {
		defer s.starve(ctx)()
	}
	return s.transact(ctx, c, conn, op)
}

// putBack returns a connection to the pool, or does with it what a weakness does.
func (s *server) putBack(db *database, conn *pgxpool.Conn) {
	if db.leaks != nil && conn.Conn().IsClosed() {
		db.leaks.keep(conn)
		return
	}
	conn.Release()
}

// argument decodes a named argument; an absent one stays the zero value.
func argument[T any](args arguments, name string) (T, error) {
	var value T
	raw, ok := args[name]
	if !ok || string(raw) == "null" {
		return value, nil
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return value, badArguments(fmt.Errorf("%s: %w", name, err))
	}
	return value, nil
}

// flag reads a truth value of the context.
func (c *call) flag(name string) bool {
	raw := string(c.context[name])
	return raw != "" && raw != "false" && raw != "null" && raw != "0" && raw != "[]"
}

// sorted is the ids in order, each once: the order in which Odoo locks records.
func sorted(ids []int64) []int64 {
	all := slices.Clone(ids)
	slices.Sort(all)
	return slices.Compact(all)
}
