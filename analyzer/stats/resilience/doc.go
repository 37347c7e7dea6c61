// Package resilience describes a fault in figures: time to detect, time to recover, the
// service that was lost, and its cost in error budget.
//
//		share served          in effect        removed     back
//		within the band  ─────────┐               │      ┌──────────
//		                          └──┐ area lost  │   ┌──┘
//		                             └────────────┴───┘
//		                          |-->| detect    |----->| recover
//
//	 1. [NewBand] derives the usual service from an undisturbed window.
//	 2. [Cut] puts the arrivals since a mark into bins.
//	 3. [Detect] and [Recover] find the marks. A recovery that was not seen is
//	    censored, never a number.
//	 4. [AreaLost], [Robustness] and [Rapidity] are Bruneau's triangle.
//	 5. [Availability], [Apdex], [BudgetSpent] and [BurnRate] are operators' figures.
//
// Sources: Bruneau et al., Earthquake Spectra 19 (2003) 733-752; Hauer et al.,
// Meaningful Availability, NSDI 2020; Google, The Site Reliability Workbook, ch. 5.
package resilience
