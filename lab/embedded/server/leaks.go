package server

import (
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// leakTime is how long a leaked connection counts against the pool.
const leakTime = 15 * time.Second

// leaks gives broken connections back late: the weakness leaky-connections. The
// pool stays full of dead connections long after PostgreSQL is back.
type leaks struct {
	mu     sync.Mutex // guards timers
	timers map[*pgxpool.Conn]*time.Timer
}

func newLeaks() *leaks { return &leaks{timers: map[*pgxpool.Conn]*time.Timer{}} }

// keep holds a connection for a while.
func (l *leaks) keep(conn *pgxpool.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timers[conn] = time.AfterFunc(leakTime, func() { l.drop(conn) })
}

func (l *leaks) drop(conn *pgxpool.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, held := l.timers[conn]; held {
		delete(l.timers, conn)
		conn.Release()
	}
}

// close gives every connection back at once.
func (l *leaks) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for conn, timer := range l.timers {
		timer.Stop()
		conn.Release()
	}
	l.timers = map[*pgxpool.Conn]*time.Timer{}
}
