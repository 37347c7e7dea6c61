package embedded

import (
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// leakTime is how long a leaked connection counts against the pool.
const leakTime = 15 * time.Second

// leakFor gives a broken connection back late: the weakness leaky-connections. The
// pool stays full of dead connections long after PostgreSQL is back.
func leakFor(d time.Duration) func(*pgxpool.Conn) {
	return func(conn *pgxpool.Conn) {
		time.AfterFunc(d, conn.Release) // closing the pool waits for it
	}
}
