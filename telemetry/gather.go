package telemetry

// gather collects the readings of one component.
type gather struct {
	component string
	readings  []Reading
}

func (g *gather) add(series string, value float64) {
	g.readings = append(g.readings, Reading{Series: series, Component: g.component, Value: value})
}

func (g *gather) addTenant(series, tenant string, value float64) {
	g.readings = append(g.readings, Reading{Series: series, Component: g.component, Tenant: tenant, Value: value})
}

func (g *gather) addLabel(series, label string, value float64) {
	g.readings = append(g.readings, Reading{Series: series, Label: label, Component: g.component, Value: value})
}

// addRate adds the growth of a count per second, from the second reading on.
func (g *gather) addRate(c *counters, series string, count float64) {
	if rate, ok := c.rate(series, count); ok {
		g.add(series, rate)
	}
}

// addRatio adds the growth per second of a count of seconds: a share of the time.
func (g *gather) addRatio(c *counters, series string, seconds float64) {
	if rate, ok := c.rate(series, seconds); ok {
		g.add(series, min(rate, 1))
	}
}
