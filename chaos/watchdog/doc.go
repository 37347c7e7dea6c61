// Package watchdog reverts what outlives the process that made it: a stopped process goes
// on, Redis has its limit of memory again. It is for the case that the guard is killed.
//
//  1. The guard starts the watchdog with [Start]: a process in a session of its own, so
//     that a signal to the guard's group does not reach it.
//  2. Before it makes such a fault, the guard calls [Watchdog.Hold]. The watchdog has
//     confirmed when it returns.
//  3. After it has reverted the fault, the guard calls the release that Hold returned.
//  4. When the guard ends, however it ends, the kernel closes the pipe between them.
//     [Serve] then reverts all that was not released, tries again where it fails, and ends.
//
// An example:
//
//	dog, err := watchdog.Start(ctx, executable, "watchdog")
//	release, err := dog.Hold(ctx, watchdog.Undo{PID: 812, Start: 90210})
//	... SIGSTOP, SIGCONT ...
//	release()
//
// # Protocol
//
// Frames are JSON objects, one a line. Each is confirmed:
//
//	-> {"id":1,"hold":{"pid":812,"start":90210}}
//	<- {"id":1}
//	-> {"id":2,"release":1}
//	<- {"id":2}
package watchdog
