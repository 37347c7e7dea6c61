package cli

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/internal/cli/forecast"
)

// printForecast writes what an experiment can decide. detect is a true slowdown or ratio of
// setups that the user names, 0 for none.
func printForecast(w io.Writer, f forecast.Forecast, detect float64) {
	if len(f.Questions) == 0 {
		return
	}
	d := f.Design
	how := fmt.Sprintf("looked at once, after %s, at %s", finding.Plural(d.AtMost, "replicate"), finding.Share(d.Level()))
	if !d.Fixed {
		how = fmt.Sprintf("looked at after each of at most %d replicates, each time at %s: %s for a false claim over all looks",
			d.AtMost, finding.Share(d.Level()), finding.Share(d.Alpha))
	}
	fmt.Fprintf(w, "\nWhat it can decide, %s:\n", how)
	header := []any{"primary question", "arrivals a trial", "found in 80 %", "found in 95 %"}
	if detect > 0 {
		header = append(header, "at "+finding.Ratio(detect))
	}
	t := newTable(w, header...)
	for _, q := range f.Questions {
		row := table.Row{q.Text, "", "", ""}
		if q.Why != "" {
			row[1] = q.Why
			t.AppendRow(row)
			continue
		}
		row[1], row[2], row[3] = arrivalsOf(q), found(q, 0.8), found(q, 0.95)
		if detect > 0 {
			row = append(row, foundAt(q, detect))
		}
		t.AppendRow(row)
	}
	t.Render()
	printAssumptions(w, f)
	printDurations(w, f)
	if detect > 0 {
		printChanges(w, f, detect)
	}
}

func arrivalsOf(q forecast.Question) string {
	n := finding.Count(int(math.Round(q.Count)))
	if q.Odds {
		return n
	}
	return fmt.Sprintf("%s each, P%g", n, 100*q.P)
}

// found words the smallest effect on each side of the limit.
func found(q forecast.Question, chance float64) string {
	below, above := q.Detect(chance)
	if q.Odds {
		return fmt.Sprintf("kept from %s, broken to %s", finding.Share(above/(1+above)), finding.Share(below/(1+below)))
	}
	if q.Limit == 1 {
		return finding.Ratio(above)
	}
	return fmt.Sprintf("from %s, or to %s", finding.Ratio(above), finding.Ratio(below))
}

func foundAt(q forecast.Question, detect float64) string {
	switch {
	case q.Odds:
		return ""
	case detect == q.Limit:
		return "the limit itself"
	}
	c := q.Course(detect)
	if q.Design.Fixed {
		return fmt.Sprintf("%.0f %%", 100*c.Right)
	}
	return fmt.Sprintf("%.0f %%, %s replicates on average", 100*c.Right, finding.Decimal(c.Mean))
}

func printAssumptions(w io.Writer, f forecast.Forecast) {
	var all []string
	for _, q := range f.Questions {
		text := q.Design.Prior.String()
		if q.Odds {
			text += " in the odds of good arrivals"
		}
		if q.Why == "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	if len(all) > 0 {
		fmt.Fprintf(w, "Basis: %s; arrivals spread evenly over each scenario, in a pool at 80 %% utilisation.\n", strings.Join(all,
			"; "))
	}
}

// printDurations writes how long the run takes at most, and on average for true effects
// twice and four times as far as the limit.
func printDurations(w io.Writer, f forecast.Forecast) {
	fmt.Fprintf(w, "The run lasts at most %s", short(f.Takes(float64(f.Design.AtMost))))
	if !f.Design.Fixed {
		for _, distance := range []float64{2, 4} {
			slowest := 0.0
			for _, q := range f.Questions {
				if q.Why == "" && !q.Odds {
					slowest = max(slowest, q.Course(distance*q.Limit).Mean)
				}
			}
			if slowest > 0 {
				fmt.Fprintf(w, "; on average about %s (%s replicates) when every ratio is %s its limit", short(f.Takes(slowest)),
					finding.Decimal(slowest), finding.Ratio(distance))
			}
		}
	}
	fmt.Fprintln(w, ", with bringing targets up.")
}

// printChanges writes what finds the effect that the user names.
func printChanges(w io.Writer, f forecast.Forecast, detect float64) {
	const chance = forecast.Enough
	fmt.Fprintf(w, "\nTo decide at a true ratio of %s with a chance of %s:\n", finding.Ratio(detect), finding.Share(chance))
	for _, q := range f.Questions {
		if q.Odds || q.Why != "" {
			continue
		}
		fmt.Fprintf(w, "  %s %s\n", q.Text, change(f, q, detect, chance))
	}
}

func change(f forecast.Forecast, q forecast.Question, detect, chance float64) string {
	if detect == q.Limit {
		return "Nothing decides it: it is the limit itself."
	}
	if q.Course(detect).Right >= chance {
		return "This experiment does."
	}
	var ways []string
	if n := q.Replicates(detect, chance); n > 0 {
		key := "replicates: %d"
		if !f.Design.Fixed {
			key = "replicates: {atMost: %d, until: decided}"
		}
		ways = append(ways, fmt.Sprintf(key+", at most %s", n, short(f.Takes(float64(n)))))
	}
	if factor := q.Longer(detect, chance); factor > 0 {
		ways = append(ways, fmt.Sprintf("%s times the arrivals, by a higher scale or longer windows (%s a trial)",
			finding.Decimal(factor),
			finding.Count(int(math.Ceil(factor*q.Count)))))
	}
	if len(ways) == 0 {
		return fmt.Sprintf("Neither %d replicates nor more arrivals do: trials vary too much.", forecast.MostReplicates)
	}
	return "Write " + strings.Join(ways, "; or offer ") + "."
}

// short rounds a duration for a person.
func short(d time.Duration) string {
	if d < 2*time.Minute {
		return finding.Plural(int(d.Round(time.Second).Seconds()), "second")
	}
	return finding.Plural(int(math.Ceil(d.Minutes())), "minute")
}
