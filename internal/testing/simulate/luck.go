package simulate

import (
	"math"
	"math/rand/v2"
)

// luck is what varies in one trial: the logarithm of a factor on latencies at a time.
type luck struct {
	run, slowdown float64
	window        []float64 // by second
	drift         float64
}

// luck draws that of a trial. Windows follow an Ornstein-Uhlenbeck process, in steps of a
// second, from its stationary state.
func (w World) luck(random *rand.Rand) luck {
	l := luck{run: w.Vary.Run * random.NormFloat64(), slowdown: w.Vary.Slowdown * random.NormFloat64(), drift: w.Drift}
	l.window = make([]float64, int(w.Length)+1)
	keep := math.Exp(-1 / or(w.Vary.Time, 20))
	level := random.NormFloat64()
	for i := range l.window {
		l.window[i] = w.Vary.Window * level
		level = keep*level + math.Sqrt(1-keep*keep)*random.NormFloat64()
	}
	return l
}

func (l luck) factor(at float64, loud bool) float64 {
	log := l.run + l.window[min(int(at), len(l.window)-1)] + l.drift*at
	if loud {
		log += l.slowdown
	}
	return math.Exp(log)
}
