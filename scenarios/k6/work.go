package k6

import (
	"time"

	"github.com/grafana/sobek"

	"example.org/odooharness/scenarios/wire"
)

// take(pool) takes a seeded document of a pool; nobody else gets it. Without one the
// iteration ends as script error: the run was seeded too small.
func (u *virtualUser) take(c sobek.FunctionCall) sobek.Value {
	pool := c.Argument(0).String()
	taken := u.takeN(pool, 1)
	if len(taken) == 0 {
		return u.outOf(pool)
	}
	return u.value(taken[0])
}

// takeMany(pool, n) takes up to n documents, null when there is none.
func (u *virtualUser) takeMany(c sobek.FunctionCall) sobek.Value {
	pool := c.Argument(0).String()
	taken := u.takeN(pool, u.count(c.Argument(1), 1))
	if len(taken) == 0 {
		return u.outOf(pool)
	}
	return u.values(taken)
}

func (u *virtualUser) takeN(name string, n int) []*wire.Document {
	it := u.current()
	pool := it.tenant.pools[name]
	if pool == nil {
		return nil
	}
	return pool.take(it.arrival.Scenario, it.arrival.Index, n)
}

// pick(pool) looks at a random document of a pool without taking it.
func (u *virtualUser) pick(c sobek.FunctionCall) sobek.Value {
	pool := c.Argument(0).String()
	documents := u.current().tenant.documents(pool)
	if len(documents) == 0 {
		return u.outOf(pool)
	}
	return u.value(&documents[u.rng().IntN(len(documents))])
}

// random() is a number in [0, 1), random(n) a whole number in [0, n): the same for
// the same arrival on every setup.
func (u *virtualUser) random(c sobek.FunctionCall) sobek.Value {
	if empty(c.Argument(0)) {
		return u.vu.Runtime().ToValue(u.rng().Float64())
	}
	return u.number(u.rng().IntN(u.count(c.Argument(0), 1)))
}

// think(seconds) pauses as a person would; the pause is in no step's latency.
func (u *virtualUser) think(c sobek.FunctionCall) sobek.Value {
	it := u.current()
	timer := time.NewTimer(time.Duration(c.Argument(0).ToFloat() * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-u.vu.Context().Done():
	}
	it.arrival.Last = time.Now()
	return sobek.Undefined()
}

// ref() is a new reference, unique in the run, that leads back to it. The same arrival has
// the same ones on every setup and with any number of generators.
func (u *virtualUser) newRef(sobek.FunctionCall) sobek.Value {
	return u.vu.Runtime().ToValue(u.ref())
}
