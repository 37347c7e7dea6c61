package sequential_test

import (
	"fmt"

	"example.org/odooharness/analyzer/stats/sequential"
)

func Example() {
	for _, looks := range []int{1, 3, 10} {
		fmt.Printf("%2d looks: intervals at %.2f %%\n", looks, 100*sequential.Level(looks, 0.05))
	}
	// Output:
	//  1 looks: intervals at 95.00 %
	//  3 looks: intervals at 97.79 %
	// 10 looks: intervals at 98.94 %
}
