package workload

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"
)

// leastRecorded is the number of documents of a peak hour from which on its own shape is played.
const leastRecorded = 120

// Course is the arrivals of one journey in a peak hour: 12 rates of 5 minutes each.
type Course struct {
	Tenant, Journey string
	Rates           []float64 // documents an hour
}

// Course returns the rates of a peak hour with so many documents expected. A recorded hour with
// enough documents gives the shape. Otherwise the rate is even, with bursts drawn from the seed
// (a gamma distribution of mean 1). The same journey, tenant and seed give the same rates.
func (j Journey) Course(tenant string, perHour float64, seed uint64) Course {
	weights := j.PeakHour.Shares
	if j.PeakHour.Documents < leastRecorded || len(weights) != hourIntervals {
		weights = j.bursts(tenant, seed)
	}
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	c := Course{Tenant: tenant, Journey: j.Name}
	for _, w := range weights {
		c.Rates = append(c.Rates, perHour*w/sum*float64(hourIntervals))
	}
	return c
}

// bursts draws a factor of mean 1 for each interval.
func (j Journey) bursts(tenant string, seed uint64) []float64 {
	weights := make([]float64, hourIntervals)
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(tenant + "/" + j.Name)) // a hash's Write never fails
	var bytes [8]byte
	random := rand.New(rand.NewPCG(seed, binary.LittleEndian.Uint64(hash.Sum(bytes[:0]))))
	for i := range weights {
		weights[i] = 1
		if j.Bursts > 0 {
			alpha := 1 / (j.Bursts * j.Bursts)
			weights[i] = distuv.Gamma{Alpha: alpha, Beta: alpha, Src: random}.Rand()
		}
	}
	return weights
}
