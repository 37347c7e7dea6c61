// Package finding defines what the analyzer concludes about a run, and how it is worded.
//
//  1. A question measures a [Quantity]: a figure with its interval, n and method.
//  2. It makes a [Finding] of the [Catalogue] with [New]: verdict, scope, reasons.
//  3. [Decide] reduces all findings of a run to one verdict and its reason.
//  4. Every sentence and every report formats figures with the same functions:
//     [Seconds], [Share], [Ratio], [Count], [Decimal], [Figure].
//
// A finding with a figure:
//
//	q := finding.ShareOf(2, 400, "reads that did not show a write, Wilson interval", 0.95)
//	f := finding.New("DUR-007", finding.Fail, finding.Scope{Setup: "hybrid"},
//		fmt.Sprintf("2 of %s were stale.", finding.Plural(400, "read"))).With(q)
//
// docs/findings has a page for each finding.
package finding
