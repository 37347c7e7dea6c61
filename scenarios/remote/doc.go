// Package remote offers the load of scenarios from generators on other hosts, as one load.
//
//		harness: Coordinator ◀── one port, TLS, a token ── Agent: k6 (pipes)
//		                     ◀───────────────────────────── Agent: k6
//
//	 1. An [Agent] connects to the [Coordinator], never the other way. It gives its number, and
//	    compares clocks by round trips.
//	 2. [Coordinator.Start] sends the spec of a load to the agent of its share: with the script,
//	    and with the documents that were seeded once for all. The agent starts k6 on its host,
//	    as [scenarios.Start] does here.
//	 3. All generators wait. [Generator.Begin] sends the base instant to each, in the time of
//	    its own clock, so that the offsets in its rows count from the same instant.
//	 4. While the load lasts, the agent sends progress, and each part of a table as it closes,
//	    with a digest. Its tables arrive in the folder of the trial, where the analyzer reads
//	    them as those of local generators.
//	 5. An agent that is silent for [Silence] is lost: its generators end with an error, and
//	    what it has sent is kept. An agent whose coordinator is silent ends its load.
//
// Latencies are differences of one host's clock, and are exact whatever the offsets are. Only
// the place of a row on the trial's clock has the error that the record of the generator
// states.
package remote
