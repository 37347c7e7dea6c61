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

// judge analyzes a saved run, writes findings and reports into its folder, and prints the
// verdict and the path of the report.
func judge(dir string, out io.Writer) (*analyzer.Judgement, error) {
	judgement, err := judgeBriefly(dir, out)
	if err == nil {
		_, err = fmt.Fprintf(out, "\nreport: %s\n", filepath.Join(dir, "report.html"))
	}
	return judgement, err
}

// judgeBriefly is judge for a temporary folder: it prints no path.
func judgeBriefly(dir string, out io.Writer) (*analyzer.Judgement, error) {
	judgement, err := judgeAndWrite(dir)
	if err != nil {
		return nil, err
	}
	return judgement, report.Terminal(out, judgement, isTerminal(out))
}

// judgeAsJSON is judge, printing findings.json.
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

// writeReports writes every report that has a file into the folder of a run.
func writeReports(dir string, judgement *analyzer.Judgement) error {
	var errs []error
	w := results.Writer{Dir: dir}
	for _, f := range formats() {
		if f.file == "" {
			continue
		}
		var b bytes.Buffer
		if err := f.render(&b, judgement); err != nil {
			errs = append(errs, fmt.Errorf("render %s: %w", f.file, err))
			continue
		}
		errs = append(errs, w.WriteFile(f.file, b.Bytes()))
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
