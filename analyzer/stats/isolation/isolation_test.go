package isolation

import (
	"math"
	"math/rand/v2"
	"testing"

	"example.org/odooharness/analyzer/stats/compare"
	"example.org/odooharness/analyzer/stats/internal/oracle"
)

// Source: closed form of M/M/1, nine abiding tenants of 6/s and one disruptive of
// 6 m/s on a server of 100/s: z = 1/(100 - load), no isolation by construction.
func TestImpactOnOneServer(t *testing.T) {
	want := oracle.Load[struct {
		Mu      float64
		Abiding float64 `json:"abiding_total"`
		Ref     float64 `json:"disruptive_ref"`
		Rows    []struct {
			Mult float64
			I    float64 `json:"I_QoS"`
		}
		Avg float64 `json:"I_avg"`
	}](t, "isolation_mm1")
	z := func(load float64) []float64 {
		out := make([]float64, 9)
		for i := range out {
			out[i] = 1 / (want.Mu - load)
		}
		return out
	}
	var levels []float64
	for _, row := range want.Rows {
		ref, disr := want.Abiding+want.Ref, want.Abiding+want.Ref*row.Mult
		got := Impact(z(ref), z(disr), ref, disr)
		oracle.Close(t, "I_QoS", got, row.I, 1e-9)
		levels = append(levels, got)
	}
	oracle.Close(t, "I_avg", ImpactOver(levels), want.Avg, 1e-9)
}

// Properties: isolated is 0; neither the unit of latency nor the order of tenants
// matters; what cannot be known is NaN.
func TestImpactProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		n := 1 + random.IntN(8)
		ref, disr := make([]float64, n), make([]float64, n)
		ms, turned, turnedD := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			ref[i], disr[i] = random.ExpFloat64()+0.1, random.ExpFloat64()+0.1
		}
		for i := range n {
			ms[i] = 1000 * ref[i]
			turned[n-1-i], turnedD[n-1-i] = ref[i], disr[i]
		}
		scaled := make([]float64, n)
		for i := range n {
			scaled[i] = 1000 * disr[i]
		}
		want := Impact(ref, disr, 10, 15)
		oracle.Close(t, "unit", Impact(ms, scaled, 10, 15), want, 1e-9)
		oracle.Close(t, "order", Impact(turned, turnedD, 10, 15), want, 1e-9)
		oracle.Close(t, "isolated", Impact(ref, ref, 10, 15), 0, 1e-12)
	}
	for name, v := range map[string]float64{
		"no tenants": Impact(nil, nil, 1, 2), "no growth": Impact([]float64{1}, []float64{2}, 1, 1),
		"unequal": Impact([]float64{1}, nil, 1, 2), "missing": Impact([]float64{math.NaN()}, []float64{1}, 1,
			2), "no levels": ImpactOver(nil),
	} {
		if !math.IsNaN(v) {
			t.Errorf("%s: got %g", name, v)
		}
	}
	if !math.IsInf(Impact([]float64{1}, []float64{math.Inf(1)}, 1, 2), 1) {
		t.Error("a tenant that is no longer served has a finite impact")
	}
}

func profile(t *testing.T, points ...Point) Profile {
	t.Helper()
	p, ok := NewProfile(points)
	if !ok {
		t.Fatalf("refused %v", points)
	}
	return p
}

// Source: closed forms for a linear profile of slope s: I_base = I_intBase = 1-s, I_end
// = 1/s-1; s and I_intFree of the priority example by an independent computation. W_aref
// is 54, W_dref 6.
func TestLinearProfile(t *testing.T) {
	want := oracle.Load[struct {
		Example struct {
			S    float64
			Base float64            `json:"I_base"`
			End  float64            `json:"I_end"`
			Free map[string]float64 `json:"I_intFree"`
		} `json:"priority_example"`
	}](t, "isolation_linear").Example
	// Non-preemptive priority in M/M/1 of 100/s: abiding ones wait 1/mu + (l/mu^2)/(1 - l_A/mu),
	// l the load of all. To keep that, l_A falls by s for each arrival that is added.
	const mu, reference, disruptive = 100, 54.0, 6.0
	k := (reference + disruptive) / (1 - reference/mu)
	oracle.Close(t, "slope", 1/(1+k/mu), want.S, 1e-9)
	p := profile(t, Point{disruptive, reference}, Point{disruptive + reference/want.S, 0})
	oracle.Close(t, "base", p.Base(), want.Base, 1e-9)
	oracle.Close(t, "intBase", p.IntBase(), want.Base, 1e-9)
	oracle.Close(t, "end", p.End(), want.End, 1e-8)
	oracle.Close(t, "intFree 60", p.IntFree(60), want.Free["p_end=60"], 1e-8)
	oracle.Close(t, "intFree 100", p.IntFree(100), want.Free["p_end=100"], 1e-8)
	oracle.Close(t, "intFree 200", p.IntFree(200), want.Free["p_end=200"], 1e-8)
}

// Closed forms: without isolation (54 + 6 in all) every ratio is 0; perfectly isolated,
// every ratio is 1 and the end never comes.
func TestProfileExtremes(t *testing.T) {
	none := profile(t, Point{60, 0}, Point{6, 54})
	for name, v := range map[string]float64{"base": none.Base(), "end": none.End(), "intBase": none.IntBase(),
		"intFree": none.IntFree(200)} {
		oracle.Close(t, name, v, 0, 1e-12)
	}
	full := profile(t, Point{6, 54}, Point{300, 54})
	for name, v := range map[string]float64{"base": full.Base(), "intBase": full.IntBase(), "intFree": full.IntFree(300)} {
		oracle.Close(t, name, v, 1, 1e-12)
	}
	if !math.IsInf(full.End(), 1) || !math.IsNaN(full.IntFree(50)) || !math.IsNaN(full.IntFree(400)) {
		t.Error("a figure beyond the data")
	}
	if short := profile(t, Point{6, 54}, Point{20, 50}); !math.IsNaN(short.Base()) || !math.IsNaN(short.IntBase()) {
		t.Error("a profile that does not reach w_dbase has its ratios")
	}
	for name, bad := range map[string][]Point{"one": {{1, 1}}, "no reference": {{1, 0}, {2, 0}}, "twice": {{1, 2}, {1, 1}},
		"NaN": {{1, 2}, {2, math.NaN()}}} {
		if _, ok := NewProfile(bad); ok {
			t.Errorf("%s was accepted", name)
		}
	}
}

// Source: Jain's own examples; CPI2's formula worked by hand.
func TestFairnessAndAntagonist(t *testing.T) {
	for _, row := range []struct {
		x    []float64
		want float64
	}{{[]float64{1, 1, 1, 1}, 1}, {[]float64{1, 1, 0, 0}, 0.5}, {[]float64{1, 0, 0, 0}, 0.25}, {[]float64{10, 20, 30},
		0.857142857}} {
		oracle.Close(t, "Jain", Jain(row.x), row.want, 1e-9)
	}
	oracle.Close(t, "antagonist", Antagonist([]float64{0.1, 0.4, 0.4, 0.1}, []float64{1, 3, 2.5, 1.2}, 2), 0.123333333, 1e-8)
	if !math.IsNaN(Jain(nil)) || !math.IsNaN(Antagonist(nil, nil, 1)) || !math.IsNaN(Antagonist([]float64{1}, []float64{0}, 1)) {
		t.Error("a figure out of nothing")
	}
}

func TestSlowdown(t *testing.T) {
	ref := compare.Bounded{Value: 0.1, Lo: 0.09, Hi: 0.11}
	if got := Slowdown(ref, compare.Bounded{Value: math.Inf(1), Lo: 3, Hi: math.Inf(1)}); !math.IsInf(got.Value, 1) ||
		math.Abs(got.Lo-30) > 1e-9 {
		t.Errorf("unserved: %+v, want at least 30", got)
	}
	got := Slowdown(ref, compare.Bounded{Value: 0.39, Lo: 0.35, Hi: 0.45})
	oracle.Close(t, "slowdown", got.Value, 3.9, 1e-9)
	if !(got.Lo > 3 && got.Lo < 3.9 && got.Hi > 3.9) {
		t.Errorf("interval %+v", got)
	}
	oracle.Close(t, "blast radius", BlastRadius([]compare.Bounded{{Value: 2, Lo: 1.5}, {Value: 1.2, Lo: 0.9}}, 1.1), 0.5, 0)
	if !math.IsNaN(BlastRadius(nil, 1)) {
		t.Error("a radius of nobody")
	}
}
