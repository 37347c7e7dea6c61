package workload

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// A recorded hour with a third of its documents in the first five minutes, scaled to 1,200: 400
// in five minutes are 4,800 an hour, and 800 in the other eleven are 872.7.
func TestCourseRecorded(t *testing.T) {
	shares := make([]float64, 12)
	want := make([]float64, 12)
	for i := range shares {
		shares[i], want[i] = 2.0/33, 800.0/55*60
	}
	shares[0], want[0] = 1.0/3, 4800
	j := Journey{Name: Orders, PeakHour: PeakHour{Documents: 300, Shares: shares}}
	if diff := cmp.Diff(Course{Tenant: "t1", Journey: Orders, Rates: want}, j.Course("t1", 1200, 1), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
		t.Error(diff)
	}
}

// Bursts depend on seed, tenant and journey alone. Their mean is the target, their coefficient
// of variation that of the journey.
func TestCourseBursts(t *testing.T) {
	j := Journey{Name: Orders, Bursts: 0.5}
	a := j.Course("t1", 600, 7)
	if diff := cmp.Diff(a, j.Course("t1", 600, 7)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(a.Rates, j.Course("t2", 600, 7).Rates) || cmp.Equal(a.Rates, j.Course("t1", 600, 8).Rates) {
		t.Error("two tenants or seeds have the same bursts")
	}
	sum, squares, n := 0.0, 0.0, 0.0
	for seed := range uint64(2000) {
		hour := 0.0
		for _, w := range j.bursts("t1", seed) {
			sum, squares, n = sum+w, squares+w*w, n+1
		}
		for _, rate := range j.Course("t1", 600, seed).Rates {
			hour += rate / 12
		}
		if math.Abs(hour-600) > 1e-9 {
			t.Fatalf("seed %d: %g documents in the hour, want 600", seed, hour)
		}
	}
	mean := sum / n
	if v := math.Sqrt(squares/n-mean*mean) / mean; math.Abs(mean-1) > 0.01 || math.Abs(v-0.5) > 0.02 {
		t.Errorf("mean %.3f, variation %.3f, want 1 and 0.5", mean, v)
	}
	j.Bursts = 0
	for _, rate := range j.Course("t1", 600, 7).Rates {
		if rate != 600 {
			t.Errorf("without bursts: rate %g, want 600", rate)
		}
	}
}
