package local

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/kind"
	"example.org/odooharness/chaos/manifest"
	"example.org/odooharness/chaos/postgres"
	"example.org/odooharness/results"
)

// Driver is the [chaos.Driver] over parts.
type Driver struct {
	parts  []Part
	seed   uint64
	owner  Owner
	insure Insurance
}

// New returns the driver over the parts.
func New(parts []Part) *Driver { return &Driver{parts: parts} }

// WithSeed returns a driver whose selectors of mode one, fixed and so on choose
// by the seed. The choice is the same for the same manifest and seed.
func (d *Driver) WithSeed(seed uint64) *Driver {
	other := *d
	other.seed = seed
	return &other
}

// Name is local.
func (d *Driver) Name() string { return "local" }

// Check implements [chaos.Driver]. It touches nothing.
func (d *Driver) Check(_ context.Context, m chaos.Manifest) ([]chaos.Component, error) {
	document, err := manifest.Decode(m)
	if err != nil {
		return nil, err
	}
	if err := possible(m, document); err != nil {
		return nil, d.refuse(m, err)
	}
	selector, err := document.Selector()
	if err != nil {
		return nil, d.refuse(m, err)
	}
	hash := fnv.New64a()
	_, _ = hash.Write(m.Raw) // never fails
	targets, err := selector.Select(d.components(), rand.New(rand.NewPCG(d.seed, hash.Sum64())))
	if err != nil {
		return nil, d.refuse(m, fmt.Errorf("spec.selector: %w; there are %s; give a component these labels in the setup file, "+
			"or write a selector for one that is there", err, d.labelled()))
	}
	if _, err := d.Fault(m, targets); err != nil {
		return nil, err
	}
	row, _ := kind.Find(m.Kind, m.Action)
	var problems []error
	for i, target := range targets {
		part, _ := d.part(target.Name)
		targets[i].Reach, err = request{driver: d, manifest: m, document: document}.reach(row, part)
		problems = append(problems, err)
		if _, can := part.Process.(verifier); can && slices.Contains(row.Local.Needs, kind.Process) {
			if err := verified(part); err != nil { // the run would refuse it
				problems = append(problems, fmt.Errorf("spec.selector: %s: %w", part.Name, err))
			}
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, d.refuse(m, err)
	}
	return targets, nil
}

// Fault implements [chaos.Driver].
func (d *Driver) Fault(m chaos.Manifest, targets []chaos.Component) (chaos.Fault, error) {
	document, err := manifest.Decode(m)
	if err != nil {
		return nil, err
	}
	if err := possible(m, document); err != nil {
		return nil, d.refuse(m, err)
	}
	var selected []Part
	var problems []error
	for _, target := range targets {
		part, ok := d.part(target.Name)
		if !ok {
			problems = append(problems, fmt.Errorf("there is no component %s; there are %s", target.Name, d.names()))
		}
		selected = append(selected, part)
	}
	if len(targets) == 0 {
		problems = append(problems, errors.New("no target"))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, d.refuse(m, err)
	}
	faults, err := d.build(m, document, selected)
	if err != nil {
		return nil, d.refuse(m, err)
	}
	return chaos.All(faults...), nil
}

// build makes the fault on each component. A problem that every component has is
// reported once.
func (d *Driver) build(m chaos.Manifest, document *manifest.Document, selected []Part) ([]chaos.Fault, error) {
	// Toxics have names in a proxy; two sessions of one manifest must not meet.
	m.Name += "-" + strings.ToLower(crand.Text()[:8])
	row, known := kind.Find(m.Kind, m.Action)
	build := builders()[row.Name()]
	if !known || build == nil {
		return nil, fmt.Errorf("kind: the local driver does not know %s with action %q", m.Kind, m.Action)
	}
	var faults []chaos.Fault
	var problems []error
	for _, part := range selected {
		err := lacking(row, part)
		if err == nil {
			var fault chaos.Fault
			fault, err = build(request{driver: d, manifest: m, document: document}, part)
			faults = append(faults, fault)
		}
		if err != nil && !slices.ContainsFunc(problems, func(p error) bool { return p.Error() == err.Error() }) {
			problems = append(problems, err)
		}
	}
	return faults, errors.Join(problems...)
}

// refuse names the manifest.
func (d *Driver) refuse(m chaos.Manifest, err error) error {
	return fmt.Errorf("%s: the local driver cannot realise %s %q: %w", m.Path, m.Kind, m.Name, err)
}

func (d *Driver) components() []chaos.Component {
	found := make([]chaos.Component, 0, len(d.parts))
	for _, part := range d.parts {
		found = append(found, part.Component)
	}
	return found
}

func (d *Driver) part(name string) (Part, bool) {
	for _, part := range d.parts {
		if part.Name == name {
			return part, true
		}
	}
	return Part{}, false
}

// labelled lists the components with their labels.
func (d *Driver) labelled() string {
	var all []string
	for _, part := range d.parts {
		labels := chaos.Selector{Labels: part.Labels}.String()
		all = append(all, fmt.Sprintf("%s (%s)", part.Name, cmp.Or(labels, "no labels")))
	}
	return cmp.Or(strings.Join(all, ", "), "none")
}

func (d *Driver) names() string {
	text := ""
	for i, part := range d.parts {
		if i > 0 {
			text += ", "
		}
		text += part.Name
	}
	if text == "" {
		return "none"
	}
	return text
}

// Servers are the PostgreSQL servers of the driver, for [postgres.NewClaim].
func (d *Driver) Servers() []postgres.Target {
	var servers []postgres.Target
	for _, part := range d.parts {
		if part.Kind == results.KindPostgres && part.DSN != "" {
			servers = append(servers, postgres.Target{Name: part.Name, DSN: part.DSN, Setup: part.Databases})
		}
	}
	return servers
}
