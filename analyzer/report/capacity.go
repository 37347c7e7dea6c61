package report

import (
	"fmt"
	"strings"

	"example.org/odooharness/analyzer"
	"example.org/odooharness/analyzer/carried"
	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/neighbour"
)

// curve is the drawing of a line over a rate: a picture of 360 by 160 units.
type curve struct {
	Points     string // of the polyline
	Dots       []curveDot
	Limit      float64 // height of the objective, 0: none
	XMax, YMax string
	Title      string
}

type curveDot struct {
	X, Y float64
	Over bool
}

// Width and height of the plot inside its frame.
const (
	curveWidth  = 360.0
	curveHeight = 160.0
)

// capacityCurve draws P95 over the offered rate, with the objective.
func capacityCurve(row carried.Row) *curve {
	var x, y []float64
	var over []bool
	for _, s := range row.Steps {
		if !s.P95.Missing {
			x, y, over = append(x, s.Rate), append(y, s.P95.Value), append(over, !s.Kept())
		}
	}
	top := min(2*row.P95, max(row.P95, highest(y))*1.1)
	c := draw(x, y, over, top)
	if c == nil {
		return nil
	}
	c.Limit = curveHeight * (1 - row.P95/top)
	c.Title, c.YMax = "P95 over offered rate, "+row.Setup, finding.Seconds(top)
	c.XMax = fmt.Sprintf("%.3g arrivals a second", x[len(x)-1])
	return c
}

// isolationCurve draws the slowdown over the level of disturbance.
func isolationCurve(row neighbour.Curve) *curve {
	var x, y []float64
	for _, s := range row.Steps {
		switch {
		case s.Level == 0:
			x, y = append(x, 0), append(y, 1)
		case !s.Slowdown.Missing:
			x, y = append(x, s.Level), append(y, s.Slowdown.Value)
		}
	}
	top := 1.1 * highest(y)
	c := draw(x, y, make([]bool, len(x)), top)
	if c == nil {
		return nil
	}
	c.Title, c.YMax, c.XMax = "Slowdown over disturbance, "+row.Setup, finding.Ratio(top), fmt.Sprintf("scale %g", x[len(x)-1])
	return c
}

// curveTitle returns the title of a curve of slowdowns.
func curveTitle(row neighbour.Curve) string {
	return fmt.Sprintf("Isolation of %s by level of disturbance, %s of abiding tenants", row.Setup, strings.ToUpper(row.Quantile))
}

// ratioCurve draws the abiding load that is left over the disruptive load.
func ratioCurve(row neighbour.Ratios) *curve {
	var x, y []float64
	for _, p := range row.Profile {
		x, y = append(x, p.Disruptive), append(y, p.Abiding.Value)
	}
	top := 1.1 * highest(y)
	c := draw(x, y, make([]bool, len(x)), top)
	if c == nil {
		return nil
	}
	c.Title, c.YMax = "Abiding load over disruptive load, "+row.Setup, fmt.Sprintf("%.3g a second", top)
	c.XMax = fmt.Sprintf("%.3g arrivals a second", x[len(x)-1])
	return c
}

// ratioNames are the four ratios of workloads of a setup, in their order.
func ratioNames(row neighbour.Ratios) []namedFigure {
	return []namedFigure{{"I_base", row.Base}, {"I_end", row.End}, {"I_intBase", row.IntBase}, {"I_intFree", row.IntFree}}
}

type namedFigure struct {
	Name   string
	Figure finding.Quantity
}

// ratioTitle returns the title of a profile.
func ratioTitle(row neighbour.Ratios) string {
	return fmt.Sprintf("Load that is left to abiding tenants of %s, P%g within %s", row.Setup, 100*row.Percentile,
		finding.Seconds(row.Limit))
}

// draw scales the points into the frame; what lies above it is cut off at its top.
func draw(x, y []float64, over []bool, top float64) *curve {
	if len(x) < 2 || !(top > 0) {
		return nil
	}
	c := &curve{}
	var points []string
	for i := range x {
		px, py := curveWidth*x[i]/x[len(x)-1], curveHeight*(1-min(y[i]/top, 1))
		points = append(points, fmt.Sprintf("%.1f,%.1f", px, py))
		c.Dots = append(c.Dots, curveDot{X: px, Y: py, Over: over[i]})
	}
	c.Points = strings.Join(points, " ")
	return c
}

func highest(x []float64) float64 {
	top := 0.0
	for _, v := range x {
		top = max(top, v)
	}
	return top
}

// mdCapacity writes the steps and the answer of each ladder.
func mdCapacity(b *strings.Builder, j *analyzer.Judgement) {
	for _, row := range j.Capacity {
		fmt.Fprintf(b, "\n**Capacity of %s** (P95 within %s; kept and broken are one-sided claims at 95 %%)\n\n"+
			"| planned 1/s | P50 | P95 | served 1/s | kept |\n|---|---|---|---|---|\n",
			md(row.Setup), finding.Seconds(row.P95))
		for _, s := range row.Steps {
			fmt.Fprintf(b, "| %.3g | %s | %s | %.3g | %s |\n", s.Rate, md(finding.Value(s.P50)), md(finding.Figure(s.P95)),
				s.Throughput, md(kept(s)))
		}
	}
	for _, row := range j.Curves {
		fmt.Fprintf(b, "\n**%s**\n\n| scale | requests 1/s | slowdown | I_QoS |\n|---|---|---|---|\n", md(curveTitle(row)))
		for _, s := range row.Steps {
			fmt.Fprintf(b, "| %g | %.3g | %s | %s |\n", s.Level, s.Load, md(finding.Figure(s.Slowdown)), md(finding.Value(s.IQoS)))
		}
	}
	for _, row := range j.Ratios {
		fmt.Fprintf(b, "\n**%s**\n\n| disruptive 1/s | abiding 1/s |\n|---|---|\n", md(ratioTitle(row)))
		for _, p := range row.Profile {
			fmt.Fprintf(b, "| %.3g | %s |\n", p.Disruptive, md(finding.Value(p.Abiding)))
		}
		b.WriteString("\n| ratio | value |\n|---|---|\n")
		for _, r := range ratioNames(row) {
			fmt.Fprintf(b, "| %s | %s |\n", r.Name, md(finding.Figure(r.Figure)))
		}
	}
}

// kept words whether a step kept the objective.
func kept(s carried.Step) string {
	switch {
	case s.Kept():
		return "yes"
	case s.Broken():
		return "no: " + s.Why
	}
	return "not known: " + s.Why
}

// capacity prints the steps of each ladder.
func (p *printer) capacity(j *analyzer.Judgement) {
	for _, row := range j.Capacity {
		p.b.WriteString("\n")
		p.line(fmt.Sprintf("Capacity of %s, P95 within %s; kept (yes) and broken (no) are one-sided claims at 95 %%", row.Setup,
			finding.Seconds(row.P95)))
		for _, s := range row.Steps {
			p.line(fmt.Sprintf("  %6.3g/s planned  %6.3g/s served  P50 %-8s P95 %-24s %s", s.Rate, s.Throughput, finding.Value(s.P50),
				finding.Figure(s.P95), kept(s)))
		}
	}
	for _, row := range j.Curves {
		p.b.WriteString("\n")
		p.line(curveTitle(row))
		for _, s := range row.Steps {
			p.line(fmt.Sprintf("  scale %-5g %6.3g requests/s  slowdown %-22s I_QoS %s", s.Level, s.Load, finding.Figure(s.Slowdown),
				finding.Value(s.IQoS)))
		}
	}
	for _, row := range j.Ratios {
		p.b.WriteString("\n")
		p.line(ratioTitle(row))
		for _, point := range row.Profile {
			p.line(fmt.Sprintf("  next to %6.3g/s of disruptive tenants  %s", point.Disruptive, finding.Value(point.Abiding)))
		}
		for _, r := range ratioNames(row) {
			p.line(fmt.Sprintf("  %-9s %s", r.Name, finding.Figure(r.Figure)))
		}
	}
}
