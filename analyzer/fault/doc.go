// Package fault judges what each injected fault did (RES-001 to RES-006).
//
//  1. The baseline of a trial defines the usual service: each journey within twice its
//     P95, and a band for the share of arrivals that meets this in a bin. Under a heavier
//     load the band is that of the twin trial, or of calm time under the same load.
//  2. Bins are as wide as a complete outage needs to be seen.
//  3. A fault is detected at the first bin outside the band. It has recovered at the first
//     bin after its removal from which three bins stay inside.
//  4. A row has the times, the goodput lost, the outcomes, the tenants affected, and the
//     first alert of Prometheus.
//  5. Findings take the worst trial: recovery within the limit, blast radius, sessions,
//     conflicts, alert.
//
// A fault and its recovery:
//
//	rows, _ := fault.Judge(r)
//	fmt.Println(rows[0].Injection.Fault, finding.Figure(rows[0].Recover))
//
// Sources: Bruneau 2003 (robustness, rapidity, area lost); band and bins: package
// resilience.
package fault
