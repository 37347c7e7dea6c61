package readiness

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.org/odooharness/analyzer/finding"
)

// Change is one figure or text that differs between two packs.
type Change struct {
	What   string `json:"what"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// Compare lists what changed from an earlier pack to a later one, the answer first.
func Compare(before, after *Pack) []Change {
	type line struct{ what, text string }
	lines := func(p *Pack) []line {
		all := []line{{"answer", strings.ToUpper(string(p.Decision))}}
		if p.Answer != nil {
			all = append(all, line{"probability", probability(p.Answer.Probability)},
				line{"largest load that ships", marginText(p.Answer.Margin)},
				line{"threshold", finding.Share(p.Plan.Threshold)})
		}
		all = append(all, line{"cut-off", p.CutOff.Format(time.RFC3339)})
		for _, d := range p.Documents {
			all = append(all, line{"forecast, " + string(d.Document), finding.Value(d.Forecast)},
				line{"carried, " + string(d.Document), finding.Value(d.Carried)})
		}
		for _, c := range p.Matrix {
			all = append(all, line{"fault " + c.Fault, cellText(c)})
		}
		for _, d := range p.Domains {
			all = append(all, line{d.Name, string(d.Verdict)})
		}
		for _, r := range p.Risks {
			all = append(all, line{"risk " + r.Title, r.State + ", " + r.Owner})
		}
		for _, r := range p.Runs {
			all = append(all, line{"run for " + r.As, r.Name})
			if r.Refused != "" {
				all = append(all, line{"no evidence for " + r.As, r.Refused})
			}
		}
		for _, d := range p.Different {
			all = append(all, line{"difference in " + d.What, d.Test + " / " + d.Production})
		}
		return all
	}
	was, is := lines(before), lines(after)
	find := func(in []line, what string) string {
		i := slices.IndexFunc(in, func(l line) bool { return l.what == what })
		if i < 0 {
			return ""
		}
		return in[i].text
	}
	var changes []Change
	for _, l := range is {
		if old := find(was, l.what); old != l.text {
			changes = append(changes, Change{l.what, cmp.Or(old, finding.Dash), l.text})
		}
	}
	for _, l := range was {
		if find(is, l.what) == "" {
			changes = append(changes, Change{l.what, l.text, finding.Dash})
		}
	}
	return changes
}

func cellText(c Cell) string {
	left := "capacity not known"
	if c.Left != nil {
		left = finding.Share(c.Left.Value) + " of the capacity left"
	}
	recovery := "recovery not known"
	if c.Recovery != nil {
		recovery = "recovery " + finding.Seconds(c.Recovery.Value)
	}
	return left + ", " + recovery
}

// Same reports whether two answers agree in everything that evidence decides: the time at which
// they were made and ages do not count.
func Same(a, b *Pack) (bool, error) {
	plain := func(p *Pack) ([]byte, error) {
		c := *p
		c.Made = time.Time{}
		c.Matrix = slices.Clone(c.Matrix)
		for i := range c.Matrix {
			c.Matrix[i].Age = 0
		}
		c.Domains = slices.Clone(c.Domains)
		for i := range c.Domains {
			c.Domains[i].Age = 0
		}
		return json.Marshal(c)
	}
	x, err := plain(a)
	if err != nil {
		return false, fmt.Errorf("encode the answer: %w", err)
	}
	y, err := plain(b)
	if err != nil {
		return false, fmt.Errorf("encode the answer: %w", err)
	}
	return string(x) == string(y), nil
}
