// Package report renders an [analyzer.Judgement] for the terminal, as a self-contained
// HTML page, for a pull request, for CI and for other tools. It computes no statistic. It
// selects, orders and words.
//
//  1. [Headlines] selects the most important figures of each setup.
//  2. [Summary] words them as answers to the three questions of a run: how much it
//     carries, whether it is ready for failures at the peak, which architecture is better.
//  3. [Terminal], [HTML] and [Markdown] show verdict and reason, then these answers. HTML
//     adds one section for each question, with the curves.
//  4. [JSON], [JUnit], [CSV] and [HGRM] give the same figures to programs.
//
// Every output keeps these rules. A figure has its unit, its interval and its n. A refused
// percentile shows what was missing ("— (n=12 < 72)"), a censored one its bound ("> 30 s").
// Colour alone never has a meaning. The caveats of the run are next to the verdict.
//
//	j, err := analyzer.Analyze(run, analyzer.Options{})
//	...
//	err = report.Terminal(os.Stdout, j, isTerminal)
package report
