package simulate

import (
	"math/rand/v2"
	"slices"
	"sort"

	"example.org/odooharness/results"
)

// trial simulates one trial of a setup: its arrivals, served.
func (w World) trial(setup Setup, replicate int) []arrival {
	all := w.arrivals(rand.New(rand.NewPCG(w.Seed, uint64(replicate))))
	own := rand.New(rand.NewPCG(w.Seed+1, uint64(replicate)*1000+w.number(setup.Name)))
	if w.Disruptive > 0 {
		all = append(all, w.noise(own, setup.Noise)...)
		sort.SliceStable(all, func(i, j int) bool { return all[i].at < all[j].at })
	}
	luck := w.luck(own)
	pools := w.pools(setup, own)
	for i := range all {
		w.serve(&all[i], setup, pools, luck, own)
	}
	return all
}

func (w World) number(setup string) uint64 {
	return uint64(slices.IndexFunc(w.Setups, func(s Setup) bool { return s.Name == setup }))
}

// pools are those of a setup by tenant, in the stationary state of the calm load.
func (w World) pools(setup Setup, random *rand.Rand) map[string]Pool {
	work, rate := 0.0, 0.0 // of one tenant: workers busy on average, arrivals a second
	for _, j := range w.Journeys {
		work += j.Rate * j.Service * w.load(0)
		rate += j.Rate * w.load(0)
	}
	pools := map[string]Pool{}
	settled := func(tenants int) Pool {
		p := NewPool(max(setup.Workers, 1))
		if rho := work * float64(tenants) / float64(len(p)); rho > 0 && rho < 1 {
			p.Settle(random, rho, work/rate)
		}
		return p
	}
	shared := settled(w.Abiding)
	for _, name := range w.tenants() {
		if pools[name] = shared; setup.Tenancy == results.Dedicated {
			pools[name] = settled(1)
		}
	}
	return pools
}

// serve lets an arrival wait for a worker of its pool, or be refused.
func (w World) serve(a *arrival, setup Setup, pools map[string]Pool, luck luck, random *rand.Rand) {
	service := 0.05
	if a.journey >= 0 {
		service = w.Journeys[a.journey].Service
	} else if len(w.Journeys) > 0 && setup.Noise > 0 {
		service = w.Journeys[0].Service
	}
	service *= random.ExpFloat64()
	share := setup.Refused
	factor := or(setup.Latency, 1) * luck.factor(a.at, a.loud && a.journey >= 0)
	if a.loud && a.journey >= 0 {
		share = max(share, setup.RefusedLoud)
		factor *= or(setup.Slowdown, 1)
	}
	a.refused = random.Float64() < share
	for _, f := range w.Faults {
		if slower, hit := f.strikes(a, setup.Name); hit && slower == 0 {
			a.refused = true
		} else if hit {
			factor *= slower
		}
	}
	switch {
	case a.refused:
		a.ended = a.at + 0.002
	case a.journey < 0 && setup.Noise == 0:
		a.ended = a.at + service // elsewhere: it needs no worker
	default:
		a.ended = a.at + factor*(pools[a.tenant].Serve(a.at, service)-a.at)
	}
}

// strikes reports whether a fault affects an arrival, and by what factor; 0: not served.
func (f Fault) strikes(a *arrival, setup string) (slower float64, hit bool) {
	if (len(f.Setups) > 0 && !slices.Contains(f.Setups, setup)) || (len(f.Tenants) > 0 && !slices.Contains(f.Tenants, a.tenant)) {
		return 1, false
	}
	return f.Slower, a.at >= f.At+f.Delay && a.at < f.At+f.For+f.Back
}

// tenants are the names of all tenants, abiding ones first.
func (w World) tenants() []string {
	var names []string
	for t := range w.Abiding {
		names = append(names, tenantName(results.Abiding, t))
	}
	for t := range w.Disruptive {
		names = append(names, tenantName(results.Disruptive, t))
	}
	return names
}
