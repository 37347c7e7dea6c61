package production

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"example.org/odooharness/workload"
)

// A million orders with their lines, pickings, moves, invoices and payments are read in at most
// 60 s and 500 MB: go test -run None -bench Million -benchtime 1x ./workload/production
func BenchmarkMillionOrders(b *testing.B) {
	reader := planted(b, "million", 1000)
	for b.Loop() {
		c := collector()
		if err := c.Database(b.Context(), reader); err != nil {
			b.Fatal(err)
		}
		w, err := c.Workload()
		if err != nil {
			b.Fatal(err)
		}
		for _, j := range w.Tenants[0].Journeys {
			if j.Name == workload.Orders {
				b.ReportMetric(float64(j.Documents), "orders")
			}
		}
	}
	b.ReportMetric(largestResident(b), "MB-largest")
}

// largestResident is the largest memory that this process has had, in MB.
func largestResident(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kB, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kB / 1000
}
