// Package redis holds the faults that are made with commands inside Redis. They
// work on any server that can be reached with its URL.
//
//  1. A driver makes a fault with [PauseClients], [Flush] or [SqueezeMemory].
//
//  2. Prepare connects and keeps what undoing needs.
//
//  3. The proofs read INFO, or show that the server does not answer, on a
//     connection of their own.
//
//  4. Recover reverts the fault. A flush cannot be reverted.
//
//     fault := redis.PauseClients(redis.Target{Name: "t1/redis", URL: url}, false, 5*time.Second)
package redis
