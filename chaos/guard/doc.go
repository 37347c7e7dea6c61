// Package guard ends faults with the process that requested them. It carries a fault driver
// over a unix socket, from the process that hosts
// the components (the lab's supervisor, or harness guard) to the one that runs
// the experiment.
//
//  1. The host calls [Serve] with a listener and the driver over its parts.
//  2. The experiment calls [Dial]; the [Client] is a [chaos.Driver] like any other.
//  3. Each fault has a connection of its own, its lease. The verbs of [chaos.Fault]
//     travel over it, one at a time.
//  4. When the connection ends, however the client ended, the guard recovers and
//     closes the fault. The kernel closes the sockets of a killed process, so
//     kill -9 of the experiment reverts every fault at once.
//  5. A fault that outlives its duration by the grace is reverted as well, while
//     its lease lasts.
//  6. A recovery that fails is tried again until it succeeds; until then the fault
//     is listed by [Client.Active].
//
// # Protocol
//
// Frames are JSON objects, one a line. The client sends requests and the guard
// answers each with one response of the same id:
//
//	-> {"id":1,"verb":"hello"}
//	<- {"id":1,"version":2,"driver":"local"}
//	-> {"id":1,"verb":"check","manifest":{...}}
//	<- {"id":1,"targets":[{"name":"shared/postgres",...}]}
//	-> {"id":1,"verb":"open","manifest":{...},"targets":[...]}     the connection is now a lease
//	<- {"id":1}
//	-> {"id":2,"verb":"prepare","limit_ms":15000}                  then inject, in-effect,
//	<- {"id":2}                                                    recover, recovered, close
//	-> {"id":4,"verb":"in-effect","limit_ms":15000}
//	<- {"id":4,"proof":{"shown":true,"evidence":"..."}}
//	-> {"id":5,"verb":"within"}                                    again and again while the fault lasts
//	<- {"id":5}
//	-> {"verb":"cancel"}                                           ends the verb that runs; no answer of its own
//	-> {"id":1,"verb":"list"}
//	<- {"id":1,"active":[{"name":"postgres-slow","targets":["t1/postgres"],...}]}
//	-> {"id":1,"verb":"recover-all"}
//	<- {"id":1}
//
// What went wrong is in "error". A limit is the time that a verb may take.
package guard
