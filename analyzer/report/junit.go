package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
)

// JUnit writes the findings as test cases, one suite for each family (VAL, SLO, ...). Fail
// is a failure, invalid an error, inconclusive a skipped case whose message is what would
// decide it. The first suite has the verdict of the run.
func JUnit(w io.Writer, j *analyzer.Judgement) error {
	out := junit.Testsuites{Name: j.Manifest.Experiment}
	run := suite(j, "run")
	run.AddTestcase(testcase("run", finding.Finding{ID: "RUN", Title: "Verdict of the run", Verdict: j.Verdict,
		Because: []string{j.Reason}}))
	for _, caveat := range j.Manifest.Caveats {
		run.AddProperty("caveat", caveat)
	}
	suites := []junit.Testsuite{run}
	index := map[string]int{}
	for _, f := range j.Findings {
		family, _, _ := strings.Cut(f.ID, "-")
		i, ok := index[family]
		if !ok {
			i = len(suites)
			index[family] = i
			suites = append(suites, suite(j, family))
			suites[i].ID = i
		}
		suites[i].AddTestcase(testcase(family, f))
	}
	for _, s := range suites {
		out.AddSuite(s)
	}
	if _, err := io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"); err != nil {
		return fmt.Errorf("write junit: %w", err)
	}
	if err := out.WriteXML(w); err != nil {
		return fmt.Errorf("write junit: %w", err)
	}
	return nil
}

func suite(j *analyzer.Judgement, name string) junit.Testsuite {
	s := junit.Testsuite{Name: name, Time: "0"}
	if !j.Manifest.Started.IsZero() {
		s.SetTimestamp(j.Manifest.Started.UTC())
	}
	return s
}

func testcase(class string, f finding.Finding) junit.Testcase {
	name := f.ID + " " + f.Title + scopeSuffix(f.Scope)
	c := junit.Testcase{Classname: class, Name: name, Status: string(f.Verdict)}
	detail := &junit.Result{Message: sentence(f), Type: string(f.Verdict), Data: findingText(f)}
	switch f.Verdict {
	case finding.Fail:
		c.Failure = detail
	case finding.Invalid:
		c.Error = detail
	case finding.Inconclusive:
		c.Skipped = detail
	default:
		c.SystemOut = &junit.Output{Data: findingText(f)}
	}
	return c
}

// findingText returns all sentences of a finding, one line each.
func findingText(f finding.Finding) string {
	var lines []string
	if f.Quantity != nil {
		lines = append(lines, "measured: "+finding.Counted(*f.Quantity))
	}
	if f.Baseline != nil {
		lines = append(lines, "baseline: "+finding.Counted(*f.Baseline))
	}
	lines = append(lines, f.Because...)
	if f.Remedy != "" {
		lines = append(lines, "remedy: "+f.Remedy)
	}
	return strings.Join(lines, "\n")
}
