package main

import (
	"fmt"
	"sort"
	"strings"

	"github.com/spf13/cobra"

	"odooharness/analyzer"
	"odooharness/analyzer/report"
	"odooharness/results"
)

func newAnalyze() *cobra.Command {
	return &cobra.Command{
		Use:   "analyze RUN",
		Short: "Judge a saved run again: complete, halted or killed",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			judgement, err := judge(args[0], cmd.OutOrStdout())
			if err != nil {
				return err
			}
			return exitCode(judgement.Verdict)
		},
	}
}

func newReport() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "Render a saved run to standard output",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			render, err := renderer(format)
			if err != nil {
				return err
			}
			run, err := results.Open(args[0])
			if err != nil {
				return err
			}
			judgement, err := analyzer.Analyze(run, analyzer.Options{})
			if err != nil {
				return err
			}
			return render(cmd, judgement)
		},
	}
	cmd.Flags().StringVar(&format, "format", "terminal", "terminal, html, md, json, junit, csv or hgrm")
	return cmd
}

func renderer(format string) (func(*cobra.Command, *analyzer.Judgement) error, error) {
	if format == "terminal" {
		return func(cmd *cobra.Command, j *analyzer.Judgement) error {
			return report.Terminal(cmd.OutOrStdout(), j, isTerminal(cmd.OutOrStdout()))
		}, nil
	}
	byFormat := map[string]string{
		"html": "report.html", "md": "report.md", "json": "findings.json", "junit": "junit.xml", "csv": "windows.csv",
	}
	name, ok := byFormat[format]
	if !ok {
		known := []string{"terminal"}
		for f := range byFormat {
			known = append(known, f)
		}
		sort.Strings(known)
		return nil, fmt.Errorf("unknown format %q; there are %s", format, strings.Join(known, ", "))
	}
	render := formats()[name]
	return func(cmd *cobra.Command, j *analyzer.Judgement) error { return render(cmd.OutOrStdout(), j) }, nil
}
