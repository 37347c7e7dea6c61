package lab

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"example.org/odooharness/results"
)

// DefaultOdoo is the version of a real Odoo in a lab that names none.
const DefaultOdoo = 19

// odooVersions lists the major versions of Odoo that a lab can have: those that Debian has a
// package of.
func odooVersions() []int { return []int{DefaultOdoo, 14} }

// Refusal is an option that the lab with a version of Odoo does not have. Option is its name
// in a setup file.
type Refusal struct{ Option, Why, Instead string }

func (r Refusal) Error() string { return fmt.Sprintf("lab: %s: %s: %s", r.Option, r.Why, r.Instead) }

// Refusals lists all options of a spec that its version of Odoo does not have.
func Refusals(spec Spec) []Refusal {
	version := cmp.Or(spec.Odoo, DefaultOdoo)
	if !slices.Contains(odooVersions(), version) {
		return []Refusal{{"odoo", fmt.Sprintf("Debian has no package of Odoo %d", version), "write 19 or 14"}}
	}
	if version == DefaultOdoo {
		return nil
	}
	limited := false // a tenant's requests
	for _, l := range spec.Limits {
		limited = limited || l.OfRequests()
	}
	const remove, untried = "remove it, or write odoo: 19", "was not tried with PostgreSQL 13, which the lab of Odoo 14 has"
	var all []Refusal
	for _, o := range []struct {
		set         bool
		option, why string
	}{
		{spec.Standby, "standby", untried},
		{spec.Synchronous, "synchronous", untried},
		{spec.ReadReplica, "readReplica", "Odoo 14 reads from no standby"},
		{spec.Archive, "archive", untried},
		{spec.Pooler, "pooler", "was not tried with Odoo 14"},
		{spec.Notices, "notices", "a shipment cannot wake a scheduled job of Odoo 14: it has no triggers"},
		{spec.CronWorkers > 0, "cronWorkers", "was not tried with Odoo 14"},
		{spec.Ingress == results.IngressTraefik, "ingress", "Traefik was not tried with Odoo 14"},
		{limited, "limits", "the nginx of Odoo 14's lab limits no requests; connections and statementTimeout work"},
		{spec.Volume == VolumeYear, "volume", "a year of data is made for Odoo 19"},
	} {
		if o.set {
			all = append(all, Refusal{o.option, o.why, remove})
		}
	}
	return all
}

// CheckOdoo reports every option of a spec that its version of Odoo does not have.
func CheckOdoo(spec Spec) error {
	var problems []error
	for _, r := range Refusals(spec) {
		problems = append(problems, r)
	}
	return errors.Join(problems...)
}
