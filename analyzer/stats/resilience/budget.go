package resilience

import "math"

// BurnRate is how many times faster than allowed the error budget is spent:
//
//	error share / (1 - target).
//
// 1 spends the budget exactly over the objective's period. NaN when the target
// leaves no budget (1) or is no share.
//
// Source: The Site Reliability Workbook, ch. 5, e.g. 14.4 over one hour spends 2 %
// of a 30-day budget.
func BurnRate(errorShare, target float64) float64 {
	if !(target >= 0 && target < 1) || !(errorShare >= 0) {
		return math.NaN()
	}
	return errorShare / (1 - target)
}

// BudgetSpent is the share of the error budget of a period that burning at a rate
// for a while spends, at constant traffic: rate * span / period. Any one unit of
// time for both.
func BudgetSpent(burnRate, span, period float64) float64 {
	if !(period > 0) {
		return math.NaN()
	}
	return burnRate * span / period
}
