package postgres

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// KeeperName is the application_name of the sessions of a keeper in pg_stat_activity.
const KeeperName = "odoo-harness-keeper"

// keeper has the server itself revert a fault. One session holds an advisory lock. A
// second one is inside the server, waits for the lock and then runs the statements that
// revert. The first session ends with this process, however that ends; it also ends when
// it is older than the limit, or when this machine fails. The second session does not
// notice the end of its client while it waits, and reverts.
type keeper struct {
	key    int64
	hold   *pgx.Conn
	wait   *pgx.Conn
	result chan error // of the waiting session
	stop   context.CancelFunc
}

// keep starts a keeper and returns once it waits. Revert are statements that can run in
// one transaction.
func keep(ctx context.Context, t Target, limit time.Duration, revert []string) (k *keeper, err error) {
	k = &keeper{key: randomKey(), result: make(chan error, 1)}
	defer func() {
		if err != nil {
			k.abandon(ctx)
			err = fmt.Errorf("have %s revert the fault itself: %w", t.Name, err)
		}
	}()
	if k.hold, err = t.connectAs(ctx, "", KeeperName); err != nil {
		return k, err
	}
	// Without an answer of this machine to probes the server ends the session after 25 s.
	if err := settings(ctx, k.hold, map[string]string{
		"idle_session_timeout": fmt.Sprint(limit.Milliseconds()),
		"tcp_keepalives_idle":  "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
	}); err != nil {
		return k, err
	}
	if _, err := k.hold.Exec(ctx, `select pg_advisory_lock($1)`, k.key); err != nil {
		return k, err
	}
	if k.wait, err = t.connectAs(ctx, "", KeeperName); err != nil {
		return k, err
	}
	if err := settings(ctx, k.wait, map[string]string{
		"statement_timeout": "0", "lock_timeout": "0", "transaction_timeout": "0", "client_connection_check_interval": "0",
	}); err != nil {
		return k, err
	}
	waiting, stop := context.WithCancel(context.WithoutCancel(ctx))
	k.stop = stop
	go func() { _, err := k.wait.PgConn().Exec(waiting, k.block(revert)).ReadAll(); k.result <- err }()
	return k, k.waits(ctx)
}

// block is the statement of the waiting session. It is a single one without a result: what
// it does is committed before the server finds that nobody reads the answer.
func (k *keeper) block(revert []string) string {
	tag := fmt.Sprintf("$k%x$", uint64(k.key))
	var b strings.Builder
	// A client that ends may cancel its statement; this one goes on.
	fmt.Fprintf(&b, "do %s begin loop begin perform pg_advisory_lock(%d); exit; "+
		"exception when query_canceled then null; end; end loop;\n",
		tag, k.key)
	for _, statement := range revert { // each on its own: one database may have been dropped
		fmt.Fprintf(&b, "begin execute %s; exception when others then raise warning '%%', sqlerrm; end;\n", literal(statement))
	}
	b.WriteString("end " + tag)
	return b.String()
}

func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// settings sets those of the settings that the server has: older ones lack some.
func settings(ctx context.Context, conn *pgx.Conn, values map[string]string) error {
	for name, value := range values {
		_, err := conn.Exec(ctx, `select set_config(name, $2, false) from pg_settings where name = $1`, name, value)
		if err != nil {
			return fmt.Errorf("set %s: %w", name, err)
		}
	}
	return nil
}

// waits returns once the second session waits for the lock.
func (k *keeper) waits(ctx context.Context) error {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		var there bool
		err := k.hold.QueryRow(ctx, `select exists (select from pg_locks where pid = $1 and locktype = 'advisory' and not granted)`,
			int32(k.wait.PgConn().PID())).Scan(&there)
		if err != nil || there {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-k.result:
			k.result <- err
			return errors.Join(errors.New("the session that reverts has ended at once"), err)
		case <-ticker.C:
		}
	}
}

// release has the server revert now, and waits until it has.
func (k *keeper) release(ctx context.Context) error {
	if k == nil || k.wait == nil {
		return nil
	}
	shut(ctx, k.hold)
	select {
	case err := <-k.result:
		k.result <- err
		k.abandon(ctx)
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// abandon closes the sessions. The server reverts what was not reverted.
func (k *keeper) abandon(ctx context.Context) {
	if k == nil {
		return
	}
	shut(ctx, k.hold)
	if k.stop == nil {
		shut(ctx, k.wait)
		return
	}
	select {
	case err := <-k.result:
		k.result <- err
	case <-time.After(time.Second): // it may be in a server that does not answer
	}
	k.stop()
	shut(ctx, k.wait)
}

func randomKey() int64 {
	var raw [8]byte
	_, _ = rand.Read(raw[:]) // never fails
	return int64(binary.BigEndian.Uint64(raw[:]))
}
