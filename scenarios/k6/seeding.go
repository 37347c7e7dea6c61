package k6

import (
	"iter"

	"github.com/grafana/sobek"
	"go.k6.io/k6/lib"

	"example.org/odooharness/internal/lines"
	"example.org/odooharness/results"
	"example.org/odooharness/scenarios/k6/openarrival"
	"example.org/odooharness/scenarios/seed"
	"example.org/odooharness/scenarios/wire"
)

// seed() creates the documents of options.ext.odoo.seed. Scripts call it in setup(). In a
// trial the harness has already seeded, and seed() does nothing.
func (u *virtualUser) seed(sobek.FunctionCall) sobek.Value {
	p := u.process
	if !p.alone() {
		return sobek.Undefined()
	}
	state := u.vu.State()
	if state == nil {
		u.throw("seed() belongs into setup()")
	}
	outline, problems := p.outline(state.Options)
	if len(problems) > 0 {
		u.throw(problems[0].Error())
	}
	p.seeding.Lock()
	defer p.seeding.Unlock()
	documents, err := seed.Run(u.vu.Context(), p.spec, outline, lines.Logger(func(line string) { state.Logger.Info(line) }))
	if err != nil {
		u.throw(err.Error())
	}
	p.setDocuments(documents)
	return sobek.Undefined()
}

// outline returns what the options of the running script declare.
func (p *Process) outline(options lib.Options) (*wire.Outline, []error) {
	extension, problems := wire.ParseExtension(options.External["odoo"])
	outline := &wire.Outline{Needs: extension.Seed, Insecure: options.InsecureSkipTLSVerify.Bool}
	for _, load := range p.planned(options.Scenarios) {
		outline.Planned = append(outline.Planned, load)
	}
	return outline, problems
}

// planned yields the arrivals of each k6 scenario that has a schedule. Iterations of the others
// have no number that is the same in all generators.
func (p *Process) planned(scenarios lib.ScenarioConfigs) iter.Seq2[string, results.Load] {
	return func(yield func(string, results.Load) bool) {
		for _, config := range scenarios.GetSortedConfigs() {
			open, ok := config.(*openarrival.Config)
			if !ok {
				continue
			}
			tenant, journey := p.spec.Split(open.Name, open.GetTags())
			if !yield(open.Name, results.Load{
				Scenario: p.spec.Name, Tenant: tenant, Journey: journey, Planned: open.Schedule(p.Seed(open.Name)).Count(),
			}) {
				return
			}
		}
	}
}
