// Package files reads and writes workload.yaml and the file of a forecast.
//
//  1. [ReadWorkload] and [ReadForecast] check a file against its JSON Schema. The error names
//     every problem with its line.
//  2. [Write] writes either of them, in one step.
package files

import (
	"bytes"
	"fmt"
	"math"

	"github.com/google/renameio/v2"
	"go.yaml.in/yaml/v4"

	"example.org/odooharness/experiment/file"
	"example.org/odooharness/results"
	"example.org/odooharness/workload"
)

// ReadWorkload reads workload.yaml, with its path and digest.
func ReadWorkload(path string) (w workload.Workload, input results.Input, err error) {
	doc, err := file.Read(path, "workload")
	if err != nil {
		return w, input, err
	}
	if err := doc.Decode(&w); err != nil {
		return w, input, err
	}
	return w, doc.Input, check(doc, w)
}

// check holds what no schema can express: a history counts the busiest hour of each day, and
// shares sum up to 1.
func check(doc *file.Document, w workload.Workload) error {
	var problems file.Problems
	whole := func(field string, shares []float64) {
		sum := 0.0
		for _, s := range shares {
			sum += s
		}
		if math.Abs(sum-1) > 1e-6 {
			problems = append(problems, doc.Problem(field, fmt.Sprintf("the shares sum up to %g", sum), "write shares whose sum is 1"))
		}
	}
	journeys := func(field string, all []workload.Journey) {
		for k, j := range all {
			at := fmt.Sprintf("%s.%d.", field, k)
			if len(j.History.Counts) != len(j.History.Busiest) {
				problems = append(problems, doc.Problem(at+"history.busiest", fmt.Sprintf("%d busiest hours for %d days",
					len(j.History.Busiest), len(j.History.Counts)), "write one for each day"))
			}
			whole(at+"day.value", j.Day.Value)
			whole(at+"peakDay.hours", j.PeakDay.Hours)
			whole(at+"peakHour.shares", j.PeakHour.Shares)
		}
	}
	for i, t := range w.Tenants {
		journeys(fmt.Sprintf("tenants.%d.journeys", i), t.Journeys)
	}
	journeys("total", w.Total)
	return problems.Err()
}

// ReadForecast reads the file of a forecast, with its path and digest.
func ReadForecast(path string) (f workload.Forecast, input results.Input, err error) {
	doc, err := file.Read(path, "forecast")
	if err != nil {
		return f, input, err
	}
	return f, doc.Input, doc.Decode(&f)
}

// Write writes a workload or a forecast as YAML. The file is replaced in one step.
func Write(path string, value any) error {
	data, err := Encode(value)
	if err != nil {
		return err
	}
	if err := renameio.WriteFile(path, data, 0o644); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// Encode returns a workload or a forecast as YAML.
func Encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode as YAML: %w", err)
	}
	return out.Bytes(), encoder.Close()
}
