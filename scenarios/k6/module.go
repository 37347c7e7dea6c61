package k6

import (
	"fmt"
	"math/rand/v2"

	"github.com/grafana/sobek"
	"go.k6.io/k6/js/modules"
	"go.k6.io/k6/metrics"

	"example.org/odooharness/odoo"
	"example.org/odooharness/scenarios/arrivals"
	"example.org/odooharness/scenarios/k6/openarrival"
	"example.org/odooharness/scenarios/wire"
)

// ModuleName is what scripts import.
const ModuleName = "k6/x/odoo"

// Module is k6/x/odoo. k6 makes one instance of it in each virtual user.
type Module struct {
	process   *Process
	functions map[string]function
}

// NewModule makes the module of a process.
func NewModule(process *Process) *Module { return &Module{process: process, functions: functions()} }

// NewModuleInstance is called once in each virtual user.
func (m *Module) NewModuleInstance(vu modules.VU) modules.Instance {
	u := &virtualUser{process: m.process, functions: m.functions, vu: vu, clients: map[string]*odoo.Client{}}
	if m.process.alone() && vu.InitEnv() != nil {
		u.metrics = newStepMetrics(vu.InitEnv().Registry)
	}
	return u
}

// virtualUser is the module in one virtual user. It is used by one goroutine.
type virtualUser struct {
	process   *Process
	functions map[string]function // of all virtual users
	vu        modules.VU
	metrics   *stepMetrics // nil: the harness needs none
	clients   map[string]*odoo.Client
	exports   *sobek.Object

	received  []odoo.Line // of the last receiveTracked()
	iteration iteration
	tagged    *metrics.TagSet // that tags were read from
	tags      map[string]string
}

// iteration is what the module knows of the iteration under way.
type iteration struct {
	arrival *openarrival.Arrival
	number  int64 // k6's own, distinguishes iterations of other executors
	refs    int   // references so far
	tenant  *tenantState
	journey string
	client  *odoo.Client
	rng     *rand.Rand
	own     openarrival.Arrival // for executors that hand out none
}

// Exports returns the object that a script imports, the same each time.
func (u *virtualUser) Exports() modules.Exports {
	if u.exports == nil {
		u.exports = u.vu.Runtime().NewDynamicObject(&exports{user: u, made: map[string]sobek.Value{}})
	}
	return modules.Exports{Default: u.exports}
}

// current is the iteration under way, set up at its first use of the module.
func (u *virtualUser) current() *iteration {
	state := u.vu.State()
	if state == nil {
		u.throw("this needs a virtual user: call it from the exported functions, not at the top of the script")
	}
	it := &u.iteration
	arrival := openarrival.FromContext(u.vu.Context())
	if arrival != nil && it.arrival == arrival && it.number == state.Iteration {
		return it
	}
	if arrival == nil && it.arrival == &it.own && it.number == state.Iteration {
		return it
	}
	it.number = state.Iteration
	it.rng, it.refs = nil, 0
	u.enter(it, arrival)
	return it
}

// enter finds the iteration's tenant and client.
func (u *virtualUser) enter(it *iteration, arrival *openarrival.Arrival) {
	state := u.vu.State()
	var name journeyName
	if arrival != nil {
		it.arrival = arrival
		name = u.process.journey(arrival.Scenario)
	} else {
		scenario, tags := u.scenario()
		tenant, journey := u.process.spec.Split(scenario, tags)
		name = journeyName{tenant, journey}
		it.own = startNow(scenario, int64(state.Iteration))
		it.arrival = &it.own
	}
	it.journey = name.journey
	it.tenant = u.process.tenants[name.tenant]
	if it.tenant == nil {
		u.throw("no tenant for the scenario of this iteration: give it the tag tenant, or name it <tenant>_<journey>")
	}
	it.client = u.client(it.tenant)
}

// client is the virtual user's own connection to a tenant, with a session that it
// shares.
func (u *virtualUser) client(t *tenantState) *odoo.Client {
	if c := u.clients[t.Name]; c != nil {
		return c
	}
	state := u.vu.State()
	login := t.users[int(state.VUID)%len(t.users)] // small
	transport, err := t.transport(dialer(state.Dialer), state.TLSConfig)
	if err != nil {
		u.throw(err.Error())
	}
	c, err := odoo.Dial(login.tenant, transport, login.session)
	if err != nil {
		u.throw("tenant " + t.Name + ": " + err.Error())
	}
	u.clients[t.Name] = c
	return c
}

// rng is the iteration's own randomness: the same arrival makes the same choices on
// every setup.
func (u *virtualUser) rng() *rand.Rand {
	it := u.current()
	if it.rng == nil {
		seed := u.process.Seed(it.arrival.Scenario)
		choices := arrivals.Seed(uint64(it.arrival.Index), "choices")
		it.rng = rand.New(rand.NewPCG(seed, choices)) // reproducible on purpose
	}
	return it.rng
}

// ref returns the next reference of the iteration:
//
//	RUN-ENTRY.SCENARIO.INDEX.K       the k-th of an arrival
//	RUN-ENTRY.SCENARIO.vVU-ITER.K    of an iteration of another executor
//	RUN-ENTRY.sSEGMENT.N             the n-th of setup() and teardown() in one generator
//
// It follows from the arrival, so that it is unique over all generators, and the same
// whatever their number is. The name of a k6 scenario contains no dot.
func (u *virtualUser) ref() string {
	p := u.process
	prefix := p.spec.Ref + "-" + p.spec.Name
	if !u.iterates() {
		return fmt.Sprintf("%s.s%d.%d", prefix, p.segment.index, p.refs.Add(1))
	}
	it := u.current()
	scenario := it.arrival.Scenario
	it.refs++
	if it.arrival != &it.own {
		return fmt.Sprintf("%s.%s.%d.%d", prefix, scenario, it.arrival.Index, it.refs)
	}
	return fmt.Sprintf("%s.%s.v%d-%d.%d", prefix, scenario, u.vu.State().VUIDGlobal, it.number, it.refs)
}

// iterates reports whether the virtual user runs an iteration of a k6 scenario.
func (u *virtualUser) iterates() bool {
	if u.vu.State() == nil {
		return false
	}
	if openarrival.FromContext(u.vu.Context()) != nil {
		return true
	}
	scenario, _ := u.scenario()
	return scenario != ""
}

// throw raises a JavaScript error.
func (u *virtualUser) throw(text string) {
	rt := u.vu.Runtime()
	panic(rt.NewTypeError("odoo: " + text))
}

// value wraps a document for the script.
func (u *virtualUser) value(d *wire.Document) sobek.Value {
	if d == nil {
		return sobek.Null()
	}
	return u.vu.Runtime().ToValue(d)
}

// scenario is the k6 scenario of an iteration that another executor runs, with its
// tags. It changes only when the virtual user's tags do.
func (u *virtualUser) scenario() (name string, tags map[string]string) {
	u.vu.State().Tags.Modify(func(now *metrics.TagsAndMeta) { // GetCurrentValues would copy the metadata
		if now.Tags == u.tagged {
			return
		}
		u.tagged, u.tags = now.Tags, map[string]string{}
		for _, key := range []string{"tenant", "journey", metrics.TagScenario.String()} {
			if v, ok := now.Tags.Get(key); ok {
				u.tags[key] = v
			}
		}
	})
	return u.tags[metrics.TagScenario.String()], u.tags
}
