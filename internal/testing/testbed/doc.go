// Package testbed runs real servers for the tests of the fault drivers: a
// private PostgreSQL cluster and a Redis, each behind a proxy and under a small
// supervisor that restarts it as a Deployment would.
//
//  1. [Postgres] or [Redis] starts a server on a free loopback port and returns
//     its [local.Part]; a machine without the server skips the test.
//  2. The test injects faults into the part.
//  3. When the test ends, the processes are killed and the folders removed.
package testbed
