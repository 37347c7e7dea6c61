// Package synthetic makes the runs that tests of the analyzer judge.
//
//  1. A [Plant] describes a run: setups, arrivals, workers, an outage, a disruptive tenant.
//  2. A seeded simulation of FCFS worker pools makes its rows. A shared setup has one pool
//     for all tenants, a dedicated one divides it.
//  3. [Plant.Judge] judges the rows in memory; [Plant.Write] writes a real run to disk.
//  4. [Sound], [Contains] and [Finding] check the judgement. What is planted is known.
//
// A sound run passes:
//
//	j := synthetic.Calm(1).Judge()
//	fmt.Println(j.Verdict)
package synthetic
