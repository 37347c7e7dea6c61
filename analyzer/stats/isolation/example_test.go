package isolation_test

import (
	"fmt"

	"example.org/odooharness/analyzer/stats/isolation"
)

// An M/M/1 server of 100/s that nine abiding tenants (54/s in all) and a disruptive one
// (6/s) share: their mean sojourn is 1/(100 - load). It isolates nothing: I_QoS grows
// with the disturbance, and what one adds the others lose.
func Example() {
	sojourn := func(load float64) []float64 { return []float64{1 / (100 - load)} }
	for _, disruptive := range []float64{12, 36} {
		impact := isolation.Impact(sojourn(60), sojourn(54+disruptive), 60, 54+disruptive)
		fmt.Printf("%g/s instead of 6: I_QoS %.2f\n", disruptive, impact)
	}

	// To keep 25 ms the load of all must stay 60/s: f(w_d) = 60 - w_d.
	shared, _ := isolation.NewProfile([]isolation.Point{{Disruptive: 6, Abiding: 54}, {Disruptive: 30, Abiding: 30}, {Disruptive: 60, Abiding: 0}})
	// With priority for the abiding tenants less has to go.
	priority, _ := isolation.NewProfile([]isolation.Point{{Disruptive: 6, Abiding: 54}, {Disruptive: 130.43, Abiding: 0}})
	for _, p := range []isolation.Profile{shared, priority} {
		fmt.Printf("I_base %.2f, I_end %.2f, I_intBase %.2f\n", p.Base(), p.End(), p.IntBase())
	}
	// Output:
	// 12/s instead of 6: I_QoS 1.76
	// 36/s instead of 6: I_QoS 6.00
	// I_base 0.00, I_end 0.00, I_intBase 0.00
	// I_base 0.57, I_end 1.30, I_intBase 0.57
}
