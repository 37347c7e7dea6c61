package queueing

import "math"

// Closed is the state of a closed network with n users.
type Closed struct {
	N          int
	Throughput float64   // X, 1/s
	Response   float64   // R, s, without the think time
	Queue      []float64 // mean number at each station
}

// MVA is exact mean value analysis: stations with service demands in seconds a visit
// to the system, users who think for z seconds in between. The k-th entry is with k+1
// users:
//
//	R_k(n) = D_k (1 + Q_k(n-1)),  X = n / (z + sum R),  Q_k = X R_k.
//
// Demands come from measurements as utilisation over throughput. Stations are single
// servers with exponential service, or processor sharing with any. Nil for n < 1, no
// station or a negative demand.
//
// Source: Reiser & Lavenberg (1980).
func MVA(demands []float64, z float64, n int) []Closed {
	if n < 1 || len(demands) == 0 || !(z >= 0) {
		return nil
	}
	for _, d := range demands {
		if !(d >= 0) {
			return nil
		}
	}
	queue := make([]float64, len(demands))
	out := make([]Closed, 0, n)
	for users := 1; users <= n; users++ {
		residence := make([]float64, len(demands))
		total := 0.0
		for k, d := range demands {
			residence[k] = d * (1 + queue[k])
			total += residence[k]
		}
		x := float64(users) / (z + total)
		queue = make([]float64, len(demands))
		for k := range residence {
			queue[k] = x * residence[k]
		}
		out = append(out, Closed{N: users, Throughput: x, Response: total, Queue: queue})
	}
	return out
}

// Bounds are what no closed network can exceed: throughput at most 1/D_max and
// N/(D + z), and the number of users N* = (D + z)/D_max at which the two meet.
func Bounds(demands []float64, z float64) (most, users float64) {
	total, largest := 0.0, 0.0
	for _, d := range demands {
		total += d
		largest = max(largest, d)
	}
	if largest == 0 {
		return math.Inf(1), math.Inf(1)
	}
	return 1 / largest, (total + z) / largest
}
