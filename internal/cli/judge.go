package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/report"
	"example.org/odooharness/results"
)

// judge analyzes a saved run, writes findings and reports beside it, and shows the
// verdict and where the report is on out.
func judge(dir string, out io.Writer) (*analyzer.Judgement, error) {
	judgement, err := judgeBriefly(dir, out)
	if err == nil {
		_, err = fmt.Fprintf(out, "\nreport: %s\n", filepath.Join(dir, "report.html"))
	}
	return judgement, err
}

// judgeBriefly is the same for a folder that does not stay.
func judgeBriefly(dir string, out io.Writer) (*analyzer.Judgement, error) {
	judgement, err := judgeAndWrite(dir)
	if err != nil {
		return nil, err
	}
	return judgement, report.Terminal(out, judgement, isTerminal(out))
}

// judgeAsJSON is the same, shown as findings.json has it.
func judgeAsJSON(dir string, out io.Writer) (*analyzer.Judgement, error) {
	judgement, err := judgeAndWrite(dir)
	if err != nil {
		return nil, err
	}
	return judgement, report.JSON(out, judgement)
}

func judgeAndWrite(dir string) (*analyzer.Judgement, error) {
	run, err := results.Open(dir)
	if err != nil {
		return nil, err
	}
	judgement, err := analyzer.Analyze(run, analyzer.Options{})
	if err != nil {
		return nil, fmt.Errorf("analyze %s: %w", dir, err)
	}
	return judgement, writeReports(dir, judgement)
}

// formats are the reports that are written beside a run.
func formats() map[string]func(io.Writer, *analyzer.Judgement) error {
	return map[string]func(io.Writer, *analyzer.Judgement) error{
		"findings.json": report.JSON,
		"report.html":   report.HTML,
		"report.md":     report.Markdown,
		"junit.xml":     report.JUnit,
		"windows.csv":   report.CSV,
	}
}

func writeReports(dir string, judgement *analyzer.Judgement) error {
	var errs []error
	w := results.Writer{Dir: dir}
	for name, render := range formats() {
		var b bytes.Buffer
		if err := render(&b, judgement); err != nil {
			errs = append(errs, fmt.Errorf("render %s: %w", name, err))
			continue
		}
		errs = append(errs, w.WriteFile(name, b.Bytes()))
	}
	return errors.Join(errs...)
}

// exitCode turns a verdict into the error that carries its exit code.
func exitCode(v finding.Verdict) error {
	switch v {
	case finding.Pass, finding.Info:
		return nil
	case finding.Fail:
		return verdictError(ExitFail)
	}
	return verdictError(ExitInconclusive)
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
