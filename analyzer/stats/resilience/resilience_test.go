package resilience

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"example.org/odooharness/analyzer/stats/internal/oracle"
)

// steadyArrivals is rate arrivals a second. served reports whether a time was served.
func steadyArrivals(seconds, rate int, served func(at float64) bool) []Arrival {
	var all []Arrival
	for i := range seconds * rate {
		at := (float64(i) + 0.5) / float64(rate)
		all = append(all, Arrival{At: at, Served: served(at)})
	}
	return all
}

// Closed forms: ten seconds of outage are ten share-seconds (Bruneau's 1000
// percent-seconds); a fall to half that recovers linearly over T loses T/4.
func TestAreaLost(t *testing.T) {
	outage := Cut(steadyArrivals(60, 100, func(at float64) bool { return at < 20 || at >= 30 }), 0, 60, 1)
	oracle.Close(t, "outage", AreaLost(outage, 1), 10, 1e-12)
	if got := Robustness(outage); got != 0 {
		t.Errorf("robustness %g", got)
	}
	var ramp []Bin
	for i := range 40 {
		ramp = append(ramp, Bin{From: float64(i), Width: 1, Offered: 1000, Served: 500 + int(math.Round(500*(float64(i)+0.5)/40))})
	}
	oracle.Close(t, "linear recovery", AreaLost(ramp, 1), 10, 0.01)
	oracle.Close(t, "rapidity", Rapidity(ramp[:40], 0.99), 0.5/40, 0.02)
	if got := AreaLost(nil, 1); got != 0 || !math.IsNaN(Robustness(nil)) {
		t.Errorf("nothing lost %g", got)
	}
	if Rapidity(outage[:5], 1) != 0 || !math.IsNaN(Rapidity(outage[:25], 1)) {
		t.Error("rapidity without a fall, or without a return")
	}
}

// A planted outage in 20..30 whose fault is reverted at 26 is detected at the end of its
// first bin, and has recovered four seconds after removal.
func TestDetectAndRecover(t *testing.T) {
	arrivals := steadyArrivals(60, 10, func(at float64) bool { return at < 20 || at >= 30 })
	band := NewBand(0, 200, 0.001)
	if m := Detect(Cut(arrivals, 20, 60, 1), band); m.Seconds != 1 || m.Never {
		t.Errorf("detect: %+v", m)
	}
	if m := Recover(Cut(arrivals, 26, 60, 1), band); m.Seconds != 4 || m.Censored {
		t.Errorf("recover: %+v", m)
	}
	if m := Recover(Cut(arrivals, 26, 29, 1), band); m.Seconds != 3 || !m.Censored {
		t.Errorf("cut off: %+v", m)
	}
	if m := Recover(Cut(arrivals, 26, 32, 1), band); !m.Censored {
		t.Errorf("two bins are no recovery: %+v", m)
	}
	if m := Detect(Cut(arrivals, 35, 60, 1), band); !m.Never {
		t.Errorf("no fault: %+v", m)
	}
	if m := Recover(nil, band); !m.Censored {
		t.Errorf("no bins: %+v", m)
	}
}

// A relapse of two bins is no recovery before it; one bin is, with a note.
func TestRelapse(t *testing.T) {
	band := NewBand(0, 200, 0.001)
	down := func(from, to float64) func(float64) bool {
		return func(at float64) bool { return at >= 2 && (at < from || at >= to) }
	}
	if m := Recover(Cut(steadyArrivals(40, 10, down(20, 22)), 0, 40, 1), band); m.Seconds != 22 {
		t.Errorf("two bins: %+v", m)
	}
	if m := Recover(Cut(steadyArrivals(40, 10, down(20, 21)), 0, 40, 1), band); m.Seconds != 2 || m.Relapses != 1 {
		t.Errorf("one bin: %+v", m)
	}
}

// False alarms: with the miss share of the baseline, a bin is outside at most in the share
// alpha of all cases.
func TestBandFalseAlarms(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	band := NewBand(50, 1000, 0.001)
	outside := 0
	const bins = 100_000
	for range bins {
		b := Bin{Width: 1, Offered: 5 + random.IntN(20)}
		for range b.Offered {
			if random.Float64() >= 0.05 {
				b.Served++
			}
		}
		if band.Outside(b) {
			outside++
		}
	}
	if got := float64(outside) / bins; got > 0.001 {
		t.Errorf("%.5f of bins outside", got)
	}
	if band.Outside(Bin{}) || (Band{Miss: 1, Alpha: 0.1}).Outside(Bin{Offered: 5}) {
		t.Error("nothing is outside")
	}
}

// Source: The Site Reliability Workbook, ch. 5: 14.4 over 1 h, 6 over 6 h and 1 over 3 d
// spend 2, 5 and 10 % of a 30-day budget.
func TestBurnRate(t *testing.T) {
	want := oracle.Load[struct {
		SLO  float64
		Days float64 `json:"window_days"`
		Rows []struct {
			Burn, Budget float64
			Hours        float64 `json:"long_h"`
		}
	}](t, "burn_rate")
	for _, row := range want.Rows {
		oracle.Close(t, "spent", BudgetSpent(row.Burn, row.Hours, 24*want.Days), row.Budget, 1e-12)
		oracle.Close(t, "rate", BurnRate(row.Burn*(1-want.SLO), want.SLO), row.Burn, 1e-9)
	}
	// Ten minutes of complete outage spend 23.15 % of it.
	oracle.Close(t, "outage", BudgetSpent(BurnRate(1, 0.999), 10, 30*24*60), 0.2315, 1e-4)
	if !math.IsNaN(BurnRate(0.1, 1)) || !math.IsNaN(BudgetSpent(1, 1, 0)) {
		t.Error("a rate without a budget")
	}
}

// Source: the Apdex specification's example, 60 satisfied, 30 tolerating, 10 frustrated.
func TestApdex(t *testing.T) {
	var x []float64
	for i := range 100 {
		switch {
		case i < 60:
			x = append(x, 0.5)
		case i < 90:
			x = append(x, 3)
		default:
			x = append(x, math.Inf(1))
		}
	}
	oracle.Close(t, "apdex", Apdex(x, 1), 0.75, 1e-12)
	if !math.IsNaN(Apdex(nil, 1)) || !math.IsNaN(Apdex(x, 0)) {
		t.Error("apdex of nothing")
	}
}

func TestAvailability(t *testing.T) {
	bins := []Bin{{Width: 1, Offered: 100, Served: 100}, {Width: 1, Offered: 10, Served: 0}, {Width: 2}}
	oracle.Close(t, "by requests", Availability(bins), 100.0/110, 1e-12)
	oracle.Close(t, "by time", Uptime(bins, 0.99), 0.5, 1e-12)
	if !math.IsNaN(Availability(nil)) || !math.IsNaN(Uptime(nil, 1)) {
		t.Error("availability of nothing")
	}
}

// Closed form: Wilson for 8 of 10 at 95 % is 0.4902..0.9433 (Wilson's own formula, as in
// Agresti & Coull 1998).
func TestWilson(t *testing.T) {
	lo, hi := Wilson(0.8, 10, 0.95)
	oracle.Close(t, "lo", lo, 0.4901625, 1e-6)
	oracle.Close(t, "hi", hi, 0.9433178, 1e-6)
	if lo, hi := Wilson(1, 10, 0.95); hi != 1 || lo >= 1 {
		t.Errorf("all of ten: [%g, %g]", lo, hi)
	}
	if lo, hi := Wilson(0.5, 0, 0.95); lo != 0 || hi != 1 {
		t.Errorf("of none: [%g, %g]", lo, hi)
	}
}

// Coverage: a share over a calm and a fault window, independent within, is held by its
// interval at about the level; the fault's fall is not taken for noise.
func TestShareCoverage(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	const rounds = 1000
	hit, width := 0, 0.0
	truth := (900*0.99 + 100*0.3) / 1000
	for range rounds {
		strata := make([][]bool, 2)
		for range 900 {
			strata[0] = append(strata[0], random.Float64() < 0.99)
		}
		for range 100 {
			strata[1] = append(strata[1], random.Float64() < 0.3)
		}
		s := ShareOf(strata, 0.95)
		if s.Lo <= truth && truth <= s.Hi {
			hit++
		}
		width += (s.Hi - s.Lo) / rounds
	}
	if got := float64(hit) / rounds; got < 0.95-3*math.Sqrt(0.95*0.05/rounds) {
		t.Errorf("coverage %.3f", got)
	}
	if width > 0.05 {
		t.Errorf("width %.3f: the fault was taken for noise", width)
	}
	if s := ShareOf(nil, 0.95); !math.IsNaN(s.Value) || s.Lo != 0 || s.Hi != 1 {
		t.Errorf("no events: %+v", s)
	}
}

// Miss^n < 0.001: 0.02^2 = 0.0004, 0.1^4 = 0.0001, 0.5^10 = 0.00098.
func TestLeast(t *testing.T) {
	for miss, want := range map[float64]int{0.02: 2, 0.0999: 3, 0.5: 10, 1: mostLeast} {
		band := Band{Miss: miss, Alpha: 0.001}
		if got := band.Least(); got != want {
			t.Errorf("%g: %d, want %d", miss, got, want)
		}
		if miss < 1 && (!band.Outside(Bin{Offered: want}) || band.Outside(Bin{Offered: want - 1})) {
			t.Errorf("%g: %d arrivals do not separate an outage from chance", miss, want)
		}
	}
}

// One arrival each four seconds, three needed a bin: bins of 12 s and a rest in the last.
func TestMerge(t *testing.T) {
	var arrivals []Arrival
	for at := 2.0; at < 32; at += 4 {
		arrivals = append(arrivals, Arrival{At: at, Served: at != 10 && at != 14})
	}
	got := Merge(Cut(arrivals, 0, 32, 4), 3)
	want := []Bin{{From: 0, Width: 12, Offered: 3, Served: 2, LastMiss: 10}, {From: 12, Width: 20, Offered: 5, Served: 4, LastMiss: 14, LeadMiss: 14}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if Merge(Cut(arrivals, 0, 8, 4), 3) != nil || Merge(nil, 1) != nil {
		t.Error("too few arrivals are a bin")
	}
	if got := Merge(Cut(arrivals, 0, 32, 4), 1); len(got) != 8 {
		t.Errorf("nothing to merge: %d bins", len(got))
	}
}

// The mark within a wide bin is the second after the last miss.
func TestRecoverWithinAWideBin(t *testing.T) {
	bins := Cut(steadyArrivals(80, 2, func(at float64) bool { return at >= 23.2 }), 0, 80, 10)
	if m := Recover(bins, NewBand(0, 200, 0.001)); m.Seconds != 23 || m.Censored {
		t.Errorf("recover: %+v", m)
	}
}

func TestBinWidth(t *testing.T) {
	for rate, want := range map[float64]float64{10: 1, 5: 1, 2: 3, 0.1: 10, 0: 10} {
		if got := BinWidth(rate); got != want {
			t.Errorf("%g/s: got %g, want %g", rate, got, want)
		}
	}
	if Cut(nil, 5, 5, 1) != nil || Cut(nil, 0, 5, 0) != nil {
		t.Error("bins of no time")
	}
}
