// Package resilience tells the story of a fault in figures: when the service
// noticed, when it was back, how much was lost on the way, and what that costs in
// error budget.
//
//		share served          in effect        removed     back
//		within the band  ─────────┐               │      ┌──────────
//		                          └──┐ area lost  │   ┌──┘
//		                             └────────────┴───┘
//		                          |-->| detect    |----->| recover
//
//	 1. [NewBand] takes from an undisturbed window what is usual.
//	 2. [Cut] puts the arrivals since a mark into bins.
//	 3. [Detect] and [Recover] find the marks; a recovery that was not seen is
//	    censored, never a number.
//	 4. [AreaLost], [Robustness] and [Rapidity] are Bruneau's triangle.
//	 5. [Availability], [Apdex], [BudgetSpent] and [BurnRate] are what operators
//	    keep.
//
// Sources: Bruneau et al., Earthquake Spectra 19 (2003) 733-752; Hauer et al.,
// Meaningful Availability, NSDI 2020; Google, The Site Reliability Workbook, ch. 5.
package resilience
