// Package postgres holds the faults that are made with SQL inside PostgreSQL. They
// work on any server that a superuser can reach, with every driver.
//
//  1. A driver makes a fault with [TerminateBackends], [LockTable] or
//     [ConnectionLimit], giving the DSN of the server and the databases.
//
//  2. Prepare connects, resolves the databases and keeps what undoing needs.
//
//  3. The proofs read pg_stat_activity, pg_locks and pg_database on a connection
//     of their own.
//
//  4. What would outlive a crash is marked in the server itself, so that [Sweep]
//     can revert it.
//
//     fault := postgres.LockTable(sql.Target{Name: "shared/postgres", DSN: dsn}, "stock_quant", "", time.Minute)
//
// The harness's own sessions carry the application_name odoo-harness-fault and
// are spared by every fault.
package postgres
