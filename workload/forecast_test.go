package workload

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Published quantiles of Student's t with 4 degrees of freedom: 2.1318 at 0.95, 0.7407 at 0.75.
func TestQuantile(t *testing.T) {
	e := Expected{PerHour: Estimate{Value: 1000}, Spread: 0.2, Freedom: 4}
	for p, want := range map[float64]float64{0.05: 1000 * math.Exp(-0.2*2.1318), 0.5: 1000, 0.75: 1000 * math.Exp(0.2*0.7407),
		0.95: 1000 * math.Exp(0.2*2.1318)} {
		if got := e.Quantile(p); math.Abs(got-want) > 0.05 {
			t.Errorf("quantile %g: got %.2f, want %.2f", p, got, want)
		}
	}
	if got := (Expected{PerHour: Estimate{Value: 7}}).Quantile(0.9); got != 7 {
		t.Errorf("without a spread: got %g, want 7", got)
	}
}

// doubling is a journey with 100 documents a day for 52 weeks, 200 a day for 40 more, and 300
// on 2024-11-29. A tenth of them are in the busiest hour.
func doubling() Journey {
	j := Journey{Name: Orders, Day: Curve{Value: []float64{1}}, History: Days{From: "2024-01-01"}}
	for i := range yearDays + 40*7 {
		n := 100
		switch {
		case i >= yearDays:
			n = 200
		case date(monday+i).String() == "2024-11-29":
			n = 300
		}
		j.History.Counts, j.History.Busiest = append(j.History.Counts, n), append(j.History.Busiest, n/10)
	}
	return j
}

// The history ends on 2025-10-05, 54 days before the peak. The weeks before its end have twice
// the documents of a year before. By hand, with one earlier peak:
//
//	centre 300·2, variance 0.15²·2 + 0 + 0.10²·54/364 + 1/600, t of 4 degrees of freedom
func TestForecastByHand(t *testing.T) {
	w := Workload{Timezone: "UTC", Tenants: []Tenant{{Name: "t1", Journeys: []Journey{doubling()}}}}
	f, err := w.Forecast(Peak{Date: "2025-11-28", Name: "Black Friday"})
	if err != nil {
		t.Fatal(err)
	}
	want := Expected{Tenant: "t1", Journey: Orders, Hours: []float64{1}, Growth: exact(2), Factor: exact(3), Freedom: 4,
		PerDay: interval(600, 0.045+0.01*54/364+1.0/600), PerHour: interval(60, 0.045+0.01*54/364+1.0/60),
		Spread: math.Sqrt(0.045 + 0.01*54/364 + 1.0/60), Peaks: []string{"2024-11-29"},
		Source: "documents of 2024-11-29, grown by 2 a year (the 8 weeks to 2025-10-05 over the same weeks of the years before)"}
	total := want
	total.Tenant = ""
	all := Forecast{Version: 1, Date: "2025-11-28", Name: "Black Friday", Timezone: "UTC", Confidence: 0.9, Expected: []Expected{want},
		Total: []Expected{total}}
	if diff := cmp.Diff(all, f, cmpopts.EquateApprox(1e-5, 0)); diff != "" {
		t.Error(diff)
	}
}

// interval is that of a t distribution with 4 degrees of freedom at 90 %.
func interval(centre, variance float64) Estimate {
	reach := 2.131847 * math.Sqrt(variance)
	return Estimate{Value: centre, Low: centre * math.Exp(-reach), High: centre * math.Exp(reach)}
}

// What the user gives replaces the history: growth 1.5 (90 %: 1.2 to 1.875), a campaign half as
// large again.
func TestForecastGiven(t *testing.T) {
	growth := Estimate{Value: 1.5, Low: 1.2, High: 1.875}
	factor := exact(1.5)
	e, err := doubling().expect(Peak{Date: "2025-11-28", Growth: &growth, Factor: &factor})
	if err != nil {
		t.Fatal(err)
	}
	spread := math.Log(1.875/1.2) / 2 / 1.6449
	want := interval(300*1.5*1.5, 0.045+spread*spread+0.01*54/364+1.0/450)
	if diff := cmp.Diff(want, e.PerDay, cmpopts.EquateApprox(1e-5, 0)); diff != "" {
		t.Error(diff)
	}
	if e.Growth != growth || math.Abs(e.Factor.Value-4.5) > 1e-9 || !strings.Contains(e.Source, "(given), times the given factor 1.5") {
		t.Errorf("growth %v, factor %v, source %s", e.Growth, e.Factor, e.Source)
	}
}

// Two earlier peaks whose grown documents differ by the factor e² give logarithms 1 from their
// mean: the scale is (4·0.15² + 2)/5, times 1.5.
func TestForecastOwnSpread(t *testing.T) {
	o := outlook{peak: monday + 3*yearDays, last: monday + 3*yearDays - 56, from: monday, growth: &Estimate{Value: 1, Low: 1, High: 1},
		counts: make([]int, 3*yearDays)}
	o.counts[yearDays], o.counts[2*yearDays] = 1000, 7389
	p, _, err := o.predict(o.counts, []date{monday + 2*yearDays, monday + yearDays})
	if err != nil {
		t.Fatal(err)
	}
	want := (4*0.0225+2)/5*1.5 + 0.01*56/364 + 1/2718.28
	if p.freedom != 5 || math.Abs(p.variance-want) > 1e-4 || math.Abs(math.Exp(p.centre)-2718.2) > 0.5 {
		t.Errorf("got %+v, want variance %g", p, want)
	}
}

// A history of half a year has no earlier peak: the user gives the factor over an ordinary day.
func TestForecastWithoutPeak(t *testing.T) {
	j := doubling()
	j.History.Counts, j.History.Busiest = j.History.Counts[:182], j.History.Busiest[:182]
	if _, err := j.expect(Peak{Date: "2024-11-29"}); err == nil || !strings.Contains(err.Error(), "give its factor") {
		t.Errorf("got %v", err)
	}
	factor := exact(3)
	e, err := j.expect(Peak{Date: "2024-11-29", Factor: &factor})
	if err != nil {
		t.Fatal(err)
	}
	ahead := float64(date(monday+333)-date(monday+181)) / yearDays
	if diff := cmp.Diff(interval(300, 0.09+0.01*ahead+1.0/300), e.PerDay, cmpopts.EquateApprox(1e-5, 0)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(e.Source, "same weekday in the 8 weeks to 2024-06-30, times the given factor 3") {
		t.Error(e.Source)
	}
}

// Days after the last one that may be used change nothing.
func TestForecastHoldsBack(t *testing.T) {
	before, err := doubling().expect(Peak{Date: "2025-11-28", Until: "2025-08-31"})
	if err != nil {
		t.Fatal(err)
	}
	changed := doubling()
	for i := range changed.History.Counts {
		if d := date(monday + i); d.String() > "2025-08-31" {
			changed.History.Counts[i], changed.History.Busiest[i] = 9000, 900
		}
	}
	after, err := changed.expect(Peak{Date: "2025-11-28", Until: "2025-08-31"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
}

func TestForecastRefuses(t *testing.T) {
	for what, p := range map[string]Peak{
		"is no day":              {Date: "28.11.2025"},
		"has the peak":           {Date: "2025-09-01"},
		"less than half a year":  {Date: "2025-11-28", Like: []string{"2025-09-01"}},
		"has no documents":       {Date: "2025-11-28", Like: []string{"2022-11-25"}},
		"earlier peak \"x\"":     {Date: "2025-11-28", Like: []string{"x"}},
		"less than 8 weeks":      {Date: "2025-11-28", Until: "2024-02-01"},
		"give its factor over":   {Date: "2025-11-28", Until: "2024-06-01"},
		"growth cannot be meas":  {Date: "2025-11-28", Until: "2024-12-15"},
		"the last day \"never\"": {Date: "2025-11-28", Until: "never"},
	} {
		if _, err := doubling().expect(p); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%+v: got %v, want %q", p, err, what)
		}
	}
}
