// Package versus compares two sides: setups, runs, or sets of runs. It answers whether B is
// slower than A.
//
//  1. [Compare] lists what differs in the manifests of the two sides.
//  2. It reduces every trial to a percentile of each journey, in calm windows and in others.
//  3. Trials with the same arrivals form pairs; otherwise the sides are unpaired.
//  4. Each row has a ratio and a shift with intervals, by a moderated t from one trial a side
//     on. A row of each window has the share served. P values hold for all primary rows
//     together (Holm). Other rows make no claim.
//  5. A primary row passes when B is no worse by more than the margin (non-inferiority). It fails
//     when B is certainly slower. Otherwise it is undecided, and states what the trials
//     could have detected.
//
// Two runs:
//
//	c, err := versus.Compare(versus.Side{Name: "before", Runs: a}, versus.Side{Name: "after", Runs: b}, run.Options{})
//	...
//	fmt.Println(c.Verdict, c.Reason)
//
// Statistics: packages effect, moderated, level and compare.
package versus
