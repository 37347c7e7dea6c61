package workload

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// monday is 2024-01-01.
const monday = 19723

// steady is four weeks, from Sunday to Monday after them, with 24 documents each Monday to
// Friday: 6 at 09:00, 6 at 09:05 and 12 at 14:30.
func steady() *History {
	h := &History{}
	h.Add(date(monday-1).time(), 1) // the day of the first document is cut
	for i := range 28 {
		d := date(monday + i)
		if d.weekday() >= 5 {
			continue
		}
		h.Add(d.time().Add(9*time.Hour), 6)
		h.Add(d.time().Add(9*time.Hour+5*time.Minute), 6)
		h.Add(d.time().Add(14*time.Hour+30*time.Minute), 12)
	}
	h.Add(date(monday+28).time(), 1) // so is the day of the last one
	return h
}

func TestFitSteady(t *testing.T) {
	j, missing, err := Fit(Orders, steady(), time.UTC, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	hours := make([]float64, 24)
	hours[9], hours[14] = 0.5, 0.5
	week := []float64{1.4, 1.4, 1.4, 1.4, 1.4, 0, 0} // 7/5
	minutes := make([]float64, 12)
	minutes[0], minutes[1] = 0.5, 0.5
	counts, busiest := []int(nil), []int(nil)
	for i := range 28 {
		n := 24
		if i%7 >= 5 {
			n = 0
		}
		counts, busiest = append(counts, n), append(busiest, n/2)
	}
	// By hand, of a day: differences 0, -6, 0 ... and 12, -12 give (36 + 144 + 144)/2 = 162.
	// Means of neighbours: 6+3 at nine, and 6+6 at two: 21. The index is 162/21.
	// Means an interval are 1 and 1: Σμ²·11 = 22, over 21, less the index/12.
	index := 162.0 / 21
	want := Journey{
		Name: Orders, Documents: 482, Mix: 0.5,
		PerDay: exact(120.0 / 7), Day: exactCurve(hours), Week: exactCurve(week),
		Burstiness: exact(index), Bursts: math.Sqrt((index - 1) / (22.0/21 - index/12)),
		PeakDay:  PeakDay{Date: "2024-01-01", Documents: 24, Factor: 1, Hours: hours},
		PeakHour: PeakHour{Start: "2024-01-01T09:00", Documents: 12, Shares: minutes},
		History:  Days{From: "2024-01-01", Counts: counts, Busiest: busiest},
	}
	if diff := cmp.Diff(want, j, cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Error(diff)
	}
	if len(missing) != 2 || !strings.Contains(missing[0].What, "growth needs 60") || !strings.Contains(missing[1].What, "28 days") {
		t.Errorf("missing: %+v", missing)
	}
}

func exact(v float64) Estimate          { return Estimate{Value: v, Low: v, High: v} }
func exactCurve(v []float64) Curve      { return Curve{Value: v, Low: v, High: v} }
func within(e Estimate, v float64) bool { return e.Low <= v && v <= e.High }

// A zone moves the hours: 09:00 UTC is 14:30 in India.
func TestFitZone(t *testing.T) {
	j, _, err := Fit(Orders, steady(), time.FixedZone("IST", 5*3600+1800), 1)
	if err != nil {
		t.Fatal(err)
	}
	if j.Day.Value[14] != 0.5 || j.Day.Value[20] != 0.5 || j.PeakHour.Shares[6] != 0.5 {
		t.Errorf("hours %v, shares %v", j.Day.Value, j.PeakHour.Shares)
	}
}

func TestFitNeedsDays(t *testing.T) {
	h := &History{}
	h.Add(date(monday).time(), 5)
	h.Add(date(monday+20).time(), 5)
	if _, _, err := Fit(Orders, h, time.UTC, 1); err == nil || !strings.Contains(err.Error(), "19 whole days, 0 of them") {
		t.Errorf("got %v", err)
	}
	if _, _, err := Fit(Orders, &History{}, time.UTC, 1); err == nil {
		t.Error("a history without documents was accepted")
	}
}

// Four documents of 1, 2, 2 and 5 lines: mean 2.5, squared deviations 2.25+0.25+0.25+6.25 = 9,
// standard error √(9/4/3), t of 3 degrees of freedom 3.182446.
func TestLines(t *testing.T) {
	h := &History{}
	h.AddLines(2, 2)
	h.AddLines(1, 1)
	h.AddLines(5, 1)
	reach := 3.182446 * math.Sqrt(0.75)
	want := &Lines{Mean: Estimate{Value: 2.5, Low: max(0, 2.5-reach), High: 2.5 + reach}, Median: 2, P95: 5, Max: 5}
	if diff := cmp.Diff(want, h.lineCounts(), cmpopts.EquateApprox(0, 1e-5)); diff != "" {
		t.Error(diff)
	}
}

// Cochran's estimator by hand: y = 1, 3, x = 2, 2: R = 1, residuals -1 and 1, variance
// 2/1·2/16 = 1/4.
func TestRatio(t *testing.T) {
	var r ratio
	r.add(1, 2)
	r.add(3, 2)
	deviation, freedom := r.deviation()
	if r.value() != 1 || deviation != 0.5 || freedom != 1 {
		t.Errorf("got %v ± %v, %v", r.value(), deviation, freedom)
	}
}

// Documents may be added in any order, and histories merged.
func TestHistoryOrder(t *testing.T) {
	a, b := &History{}, &History{}
	a.AddInterval(100, 2)
	a.AddInterval(97, 1)
	b.AddInterval(95, 4)
	b.AddInterval(100, 1)
	a.Merge(b)
	if diff := cmp.Diff([]uint32{4, 0, 1, 0, 0, 3}, a.counts); diff != "" || a.first != 95 || a.Documents() != 8 {
		t.Errorf("first %d, documents %d: %s", a.first, a.Documents(), diff)
	}
}
