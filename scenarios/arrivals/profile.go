package arrivals

import (
	"fmt"
	"math"
	"time"
)

// Stage is a stretch of time over which the rate moves in a straight line to
// Target. A stage without duration is a jump.
type Stage struct {
	Duration time.Duration
	Target   float64 // arrivals a second at the end of the stage
}

// Profile is an arrival rate over time.
type Profile struct {
	Start  float64 // arrivals a second at time zero
	Stages []Stage
}

// Validate returns all that is wrong with the profile.
func (p Profile) Validate() []error {
	var problems []error
	if p.Start < 0 || math.IsNaN(p.Start) || math.IsInf(p.Start, 0) {
		problems = append(problems, fmt.Errorf("the rate must be 0 or more, but is %v", p.Start))
	}
	for i, s := range p.Stages {
		if s.Target < 0 || math.IsNaN(s.Target) || math.IsInf(s.Target, 0) {
			problems = append(problems, fmt.Errorf("stage %d: the target must be 0 or more, but is %v", i+1, s.Target))
		}
		if s.Duration < 0 {
			problems = append(problems, fmt.Errorf("stage %d: the duration must not be negative", i+1))
		}
	}
	if p.Duration() <= 0 {
		problems = append(problems, fmt.Errorf("the stages last no time"))
	}
	return problems
}

// Duration is the length of all stages.
func (p Profile) Duration() time.Duration {
	var sum time.Duration
	for _, s := range p.Stages {
		sum += s.Duration
	}
	return sum
}

// Rate is the arrivals a second at t.
func (p Profile) Rate(t time.Duration) float64 {
	from := p.Start
	for _, s := range p.Stages {
		if t < s.Duration {
			return from + (s.Target-from)*t.Seconds()/s.Duration.Seconds()
		}
		t -= s.Duration
		from = s.Target
	}
	return 0
}

// Expected is Λ(t), the arrivals expected until t:
//
//	Λ(t) = ∫₀ᵗ rate(u) du
func (p Profile) Expected(t time.Duration) float64 {
	sum, from := 0.0, p.Start
	for _, s := range p.Stages {
		if t <= 0 {
			break
		}
		in := min(t, s.Duration)
		slope := 0.0
		if s.Duration > 0 {
			slope = (s.Target - from) / s.Duration.Seconds()
		}
		sum += from*in.Seconds() + slope*in.Seconds()*in.Seconds()/2
		t -= s.Duration
		from = s.Target
	}
	return sum
}

// inverter walks Λ⁻¹ for growing arguments, remembering the stage it is in.
type inverter struct {
	profile Profile
	stage   int
	from    float64 // rate at the stage's begin
	before  float64 // Λ at the stage's begin
	start   time.Duration
}

func newInverter(p Profile) *inverter { return &inverter{profile: p, from: p.Start} }

// at returns Λ⁻¹(s), and false when the profile ends before. Arguments must not
// fall. Within a stage with rate a + k·t the equation s = a·t + k·t²/2 is solved in
// the form that keeps its precision for small k:
//
//	t = 2s / (a + √(a² + 2ks))
func (v *inverter) at(s float64) (time.Duration, bool) {
	for ; v.stage < len(v.profile.Stages); v.stage++ {
		stage := v.profile.Stages[v.stage]
		seconds := stage.Duration.Seconds()
		area := (v.from + stage.Target) / 2 * seconds
		if rest := s - v.before; rest < area {
			slope := (stage.Target - v.from) / seconds
			root := math.Sqrt(max(0, v.from*v.from+2*slope*rest))
			t := 0.0
			if v.from+root > 0 {
				t = 2 * rest / (v.from + root)
			}
			return v.start + time.Duration(min(t, seconds)*float64(time.Second)), true
		}
		v.before += area
		v.from = stage.Target
		v.start += stage.Duration
	}
	return 0, false
}
