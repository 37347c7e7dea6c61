package telemetry

import "time"

// counters turns counts that only grow into rates. A count that fell was reset by a
// restart of its owner. That interval has no rate.
type counters struct {
	at   time.Time
	last map[string]float64
	next map[string]float64
	now  time.Time
}

// begin opens a reading at now.
func (c *counters) begin(now time.Time) {
	c.now, c.next = now, map[string]float64{}
}

// rate returns the growth per second of the named count since the previous reading.
func (c *counters) rate(name string, value float64) (float64, bool) {
	growth, seconds, ok := c.growth(name, value)
	return growth / seconds, ok
}

// growth returns the growth of the named count, and the seconds of the interval.
func (c *counters) growth(name string, value float64) (by, seconds float64, ok bool) {
	c.next[name] = value
	before, known := c.last[name]
	seconds = c.now.Sub(c.at).Seconds()
	if !known || value < before || seconds <= 0 {
		return 0, 1, false
	}
	return value - before, seconds, true
}

// end closes the reading; counts not seen in it are forgotten.
func (c *counters) end() {
	c.at, c.last = c.now, c.next
}
