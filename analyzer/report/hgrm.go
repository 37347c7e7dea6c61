package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"example.org/odooharness/analyzer/latency"
)

// HGRM writes a percentile spectrum as the percentile distribution text that
// HdrHistogram's plotters read: value, quantile, count at or below it and
// 1/(1-quantile). Values are in milliseconds, the plotters' habit. Arrivals that were never
// served count in n and have no row; the maximum is then +Inf.
func HGRM(w io.Writer, line latency.SpectrumLine) error {
	var b strings.Builder
	b.WriteString("       Value     Percentile TotalCount 1/(1-Percentile)\n\n")
	largest := 0.0
	for _, point := range line.Points {
		quantile, ms := point[0]/100, point[1]*1000
		largest = max(largest, ms)
		count := int(math.Round(quantile * float64(line.N)))
		if quantile >= 1 {
			fmt.Fprintf(&b, "%12.3f %2.12f %10d\n", ms, 1.0, line.N)
			continue
		}
		fmt.Fprintf(&b, "%12.3f %2.12f %10d %14.2f\n", ms, quantile, count, 1/(1-quantile))
	}
	if n := len(line.Points); n == 0 || line.Points[n-1][0] < 100 {
		largest = math.Inf(1) // the slowest were never served
	}
	fmt.Fprintf(&b, "#[Max     = %12.3f, Total count    = %12d]\n", largest, line.N)
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write spectrum of %s: %w", line.Window, err)
	}
	return nil
}
