package telemetry

import "slices"

// The better direction of a series.
const (
	lower  = "lower"
	higher = "higher"
	none   = "none"
)

// Series describes one series of readings.
type Series struct {
	Name    string
	Unit    string // s, 1/s, count, bytes, bytes/s, ratio, cores
	Better  string // lower, higher, none
	Meaning string
}

// Catalogue lists every series that the probes can yield, by probe. A series with a
// label (a queue, a query) is listed without it.
func Catalogue() []Series {
	return slices.Concat(
		postgresSeries(), replicationSeries(), statementSeries(), redisSeries(), queueSeries(),
		ingressSeries(), listenerSeries(), odooLogSeries(), jobsSeries(),
		hostSeries(), processSeries(), cgroupSeries(), podSeries(), carrierSeries(), prometheusSeries(),
	)
}
