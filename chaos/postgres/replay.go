package postgres

import (
	"context"
	"fmt"
	"time"

	"example.org/odooharness/chaos"
)

// PauseReplay has a standby receive the log and not apply it: its readers see an
// ever older state, without an error. The server itself resumes when this process ends,
// and at the latest after longest (a keeper); a server that crashes resumes as well.
func PauseReplay(target Target, longest time.Duration) chaos.Fault {
	return &replay{server: server{target: target}, longest: longest}
}

type replay struct {
	server
	longest time.Duration
	keeper  *keeper
}

// Prepare checks that the server is a standby.
func (f *replay) Prepare(ctx context.Context) error {
	conn, err := f.session(ctx)
	if err != nil {
		return err
	}
	if err := f.allowed(ctx, conn, "replay-pause", `select has_function_privilege('pg_wal_replay_pause()', 'execute')
		and has_function_privilege('pg_wal_replay_resume()', 'execute')`); err != nil {
		return err
	}
	standby, err := InRecovery(ctx, f.target)
	if err == nil && !standby {
		err = fmt.Errorf("%s is no standby: it replays nothing; select app.kubernetes.io/name: postgresql-standby", f.target.Name)
	}
	return err
}

// resume does nothing on a server that was promoted since.
const resume = `do $$ begin if pg_is_in_recovery() then perform pg_wal_replay_resume(); end if; end $$`

// Inject pauses replay once the keeper is there.
func (f *replay) Inject(ctx context.Context) (err error) {
	if f.keeper, err = keep(ctx, f.target, f.longest, []string{resume}); err != nil {
		return err
	}
	return f.do(ctx, `select pg_wal_replay_pause()`)
}

func (f *replay) do(ctx context.Context, statement string) error {
	conn, err := f.session(ctx)
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s on %s: %w", statement, f.target.Name, err)
	}
	return nil
}

// read is the state of replay, and how much was received and not applied.
func (f *replay) read(ctx context.Context) (state string, behind int64, err error) {
	conn, err := f.session(ctx)
	if err != nil {
		return "", 0, err
	}
	err = conn.QueryRow(ctx, `select pg_get_wal_replay_pause_state(),
		coalesce(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), 0)::bigint`).Scan(&state, &behind)
	if err != nil {
		return "", 0, fmt.Errorf("read replay of %s: %w", f.target.Name, err)
	}
	return state, behind, nil
}

// InEffect shows that replay stands and that something waits to be applied: a
// paused standby that nobody writes to lags behind nothing.
func (f *replay) InEffect(ctx context.Context) (chaos.Proof, error) {
	state, behind, err := f.read(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{Shown: state == "paused" && behind > 0,
		Evidence: fmt.Sprintf("%s: replay is %s, %d bytes received and not applied", f.target.Name, state, behind)}, nil
}

// Recover lets it go on. A standby that was promoted since replays nothing.
func (f *replay) Recover(ctx context.Context) error {
	released, cancel := context.WithTimeout(ctx, connectLimit)
	defer cancel()
	_ = f.keeper.release(released) // what follows counts
	return f.do(ctx, resume)
}

// Close ends the sessions.
func (f *replay) Close(ctx context.Context) error {
	f.keeper.abandon(ctx)
	f.keeper = nil
	return f.server.Close(ctx)
}

// caughtUp is the lag in bytes that a standby under load always has.
const caughtUp = 1 << 20

func (f *replay) Recovered(ctx context.Context) (chaos.Proof, error) {
	state, behind, err := f.read(ctx)
	if err != nil {
		return chaos.Proof{}, err
	}
	return chaos.Proof{Shown: state == "not paused" && behind < caughtUp,
		Evidence: fmt.Sprintf("%s: replay is %s, %d bytes behind", f.target.Name, state, behind)}, nil
}

// InRecovery reports whether the server is a standby.
func InRecovery(ctx context.Context, target Target) (bool, error) {
	conn, err := target.connect(ctx, "")
	if err != nil {
		return false, err
	}
	defer shut(ctx, conn)
	var standby bool
	if err := conn.QueryRow(ctx, `select pg_is_in_recovery()`).Scan(&standby); err != nil {
		return false, fmt.Errorf("read whether %s is a standby: %w", target.Name, err)
	}
	return standby, nil
}

// Promote makes a standby the primary and waits until it is. What it has not
// received by then is lost.
func Promote(ctx context.Context, target Target) error {
	conn, err := target.connect(ctx, "")
	if err != nil {
		return err
	}
	defer shut(ctx, conn)
	var done bool
	if err := conn.QueryRow(ctx, `select pg_promote(true, 30)`).Scan(&done); err != nil {
		return fmt.Errorf("promote %s: %w", target.Name, err)
	}
	if !done {
		return fmt.Errorf("promote %s: it did not end recovery within 30 s", target.Name)
	}
	return nil
}
