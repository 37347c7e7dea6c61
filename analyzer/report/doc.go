// Package report renders an [analyzer.Judgement]: for the person at the terminal,
// for the reader of a self-contained HTML page, for a pull request, for CI and for
// other tools. It computes no statistic; it chooses, orders and words.
//
//  1. [Headlines] picks, per setup, the few figures that answer first.
//  2. [Summary] words them as answers to the three questions a run is asked:
//     how much can it carry, is it ready, which architecture.
//  3. [Terminal], [HTML] and [Markdown] show verdict and reason, then these,
//     then (HTML) one section a question with the curves.
//  4. [JSON], [JUnit], [CSV] and [HGRM] hand the same figures to programs.
//
// Rules that every output keeps: a figure carries its unit, its interval and its
// n; a refused percentile says what was missing ("— (n=12 < 72)"), a censored one
// says so ("> 30 s"); colour never carries meaning alone; caveats of the run
// stand beside the verdict.
//
//	j, err := analyzer.Analyze(run, analyzer.Options{})
//	...
//	err = report.Terminal(os.Stdout, j, isTerminal)
package report
