package readiness

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"example.org/odooharness/analyzer/campaign"
	"example.org/odooharness/analyzer/finding"
	answer "example.org/odooharness/analyzer/readiness"
	"example.org/odooharness/experiment/file"
	runs "example.org/odooharness/internal/cli/campaign"
)

// campaign takes the evidence of each fault without recovery from the matrix of a campaign: the
// run of its worst moment, and the ladder with the fault held. Moments without evidence are listed as not tested.
func (l *loading) campaign(q *answer.Question) {
	path := l.nextTo(l.f.Campaign)
	if _, err := os.Stat(path); err != nil { // in a pack the inputs lie next to the plan
		path = l.nextTo(filepath.Base(l.f.Campaign))
	}
	m, err := runs.ReadMatrix(path)
	if err != nil {
		l.problem("campaign", err.Error(), "write the matrix.json that harness campaign status writes")
		return
	}
	input, err := file.Digest(path)
	if err != nil {
		l.problem("campaign", err.Error(), "check the path")
		return
	}
	l.plan.Inputs = append(l.plan.Inputs, input)
	setup := q.Setup
	for _, c := range m.Cells {
		if setup == "" {
			setup = c.Setup
		}
		if q.Setup == "" && c.Setup != setup {
			l.problem("campaign", "it has several setups", "add setup: with the one of the answer")
			return
		}
	}
	for i, f := range q.Faults {
		if f.Recovery == "" {
			q.Faults[i].Recovery = worst(m, setup, f.Name)
		}
		for _, c := range m.Held {
			if f.Capacity == "" && c.Fault == f.Name && c.Setup == setup && c.State == campaign.Measured {
				q.Faults[i].Capacity = c.Run
			}
		}
		q.NotTested = append(q.NotTested, untested(m, setup, f.Name)...)
	}
}

// worst is the run of a fault whose cells were judged most severely; of equals, the one with
// the slowest recovery. Evidence that is too old does not count. Empty: there is none.
func worst(m *campaign.Matrix, setup, fault string) string {
	run, severity, slowest := "", -1, 0.0
	for _, c := range m.Cells {
		if c.Setup != setup || c.Fault != fault || c.State != campaign.Measured || c.Run == "" || c.Verdict == finding.Invalid {
			continue
		}
		s, recovery := finding.Severity(c.Verdict), 0.0
		for _, measure := range c.Measures {
			if measure.What == campaign.Recovery && !measure.Quantity.Missing {
				recovery = measure.Quantity.Value
			}
		}
		if s > severity || s == severity && recovery > slowest {
			run, severity, slowest = c.Run, s, recovery
		}
	}
	return run
}

// untested are the moments of a fault without evidence, as sentences.
func untested(m *campaign.Matrix, setup, fault string) []string {
	var all []string
	for _, c := range m.Cells {
		text := fmt.Sprintf("%s, moment %s: %s", c.Fault, c.Moment, c.State)
		if c.Setup == setup && c.Fault == fault && c.State != campaign.Measured && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	return all
}
