package analyzer

import (
	"fmt"
	"math"
)

// carrierCalls is BKG-003: what became of the connector's calls to the carrier.
func (d *dataset) carrierCalls() []Finding {
	var all []Finding
	for _, setup := range d.setups {
		asked, failed, repeated, read := 0.0, 0.0, 0.0, false
		for _, t := range d.of(setup) {
			n, ok := t.total("carrier.requests")
			refused, _ := t.total("carrier.failed")
			again, _ := t.total("carrier.repeated")
			asked, failed, repeated, read = asked+n, failed+refused, repeated+again, read || ok
		}
		count := int(math.Round(asked))
		if !read || count == 0 {
			continue
		}
		q := shareOf(min(int(math.Round(failed)), count), count,
			"calls that the carrier refused, of all; its own counts; Wilson interval", d.opts.Level)
		all = append(all, finding("BKG-003", Info, Scope{Setup: setup},
			fmt.Sprintf("The carrier was asked %d times, refused %.0f, and was asked again for %.0f labels that it had made.",
				count, failed, repeated)).with(q))
	}
	return all
}
