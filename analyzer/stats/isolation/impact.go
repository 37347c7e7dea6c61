package isolation

import "math"

// Impact is I_QoS: the relative loss of quality of the abiding tenants over the
// relative growth of the load,
//
//	dz = (sum z_disr - sum z_ref) / sum z_ref    over abiding tenants
//	dw = (w_disr - w_ref) / w_ref                load of all tenants
//	I  = dz / dw.
//
// z is a quality for which lower is better, one value a tenant, the same tenants
// and unit in both; w in any one unit. 0 is perfect isolation, there is no upper
// bound, and below 0 the abiding tenants got better. NaN when the load did not grow
// or a figure is missing; +Inf when a tenant was no longer served.
//
// Source: Krebs, Momm & Kounev (2014), section 3.1.
func Impact(zRef, zDisr []float64, wRef, wDisr float64) float64 {
	if len(zRef) == 0 || len(zRef) != len(zDisr) || !(wRef > 0) || !(wDisr > wRef) {
		return math.NaN()
	}
	ref, disr := sum(zRef), sum(zDisr)
	if !(ref > 0) || math.IsInf(ref, 1) {
		return math.NaN()
	}
	return ((disr - ref) / ref) / ((wDisr - wRef) / wRef)
}

// ImpactOver is I_avg, the mean of I_QoS over the levels of disruption; NaN
// without any.
func ImpactOver(levels []float64) float64 {
	if len(levels) == 0 {
		return math.NaN()
	}
	return sum(levels) / float64(len(levels))
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}
