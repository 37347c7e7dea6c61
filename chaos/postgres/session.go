package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"example.org/odooharness/chaos"
)

// server is what the faults have in common: a control session from Prepare to
// Close, and the resolved databases. The session is opened again when the server
// has ended it.
type server struct {
	target    Target
	databases []string
	control   *pgx.Conn
}

// Prepare connects and resolves.
func (s *server) Prepare(ctx context.Context) error {
	conn, err := s.session(ctx)
	if err != nil {
		return err
	}
	s.databases, err = s.target.resolve(ctx, conn)
	return err
}

// session returns the control session.
func (s *server) session(ctx context.Context) (*pgx.Conn, error) {
	if s.control != nil && !s.control.IsClosed() && s.control.Ping(ctx) == nil {
		return s.control, nil
	}
	shut(ctx, s.control)
	var err error
	s.control, err = s.target.connect(ctx, "")
	return s.control, err
}

// Close ends the control session.
func (s *server) Close(ctx context.Context) error {
	shut(ctx, s.control)
	s.control = nil
	return nil
}

// opens is the proof that a new session in each database works.
func (s *server) opens(ctx context.Context) (chaos.Proof, error) {
	for _, name := range s.databases {
		conn, err := s.target.connect(ctx, name)
		if err != nil {
			return chaos.Proof{}, err
		}
		err = conn.Ping(ctx)
		shut(ctx, conn)
		if err != nil {
			return chaos.Proof{}, fmt.Errorf("%s: database %s: %w", s.target.Name, name, err)
		}
	}
	return chaos.Proof{
		Shown: true, Evidence: fmt.Sprintf("%s: new sessions open in %v", s.target.Name, s.databases),
	}, nil
}

// clients counts the sessions of others in the databases.
func (s *server) clients(ctx context.Context, conn *pgx.Conn) (count int, err error) {
	err = conn.QueryRow(ctx, `select count(*) from pg_stat_activity
		where datname = any($1) and backend_type = 'client backend' and application_name <> $2`,
		s.databases, ApplicationName).Scan(&count)
	if err != nil {
		return 0, fmt.Errorf("count sessions of %s: %w", s.target.Name, err)
	}
	return count, nil
}
