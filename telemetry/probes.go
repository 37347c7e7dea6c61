package telemetry

import (
	"path"

	"example.org/odooharness/results"
)

// Probes creates the probes for the targets, and one for this machine. It opens
// nothing. Sampling detects a target that is down, and waits for it.
func Probes(targets []Target) []Probe {
	probes := []Probe{newHost()}
	for _, t := range targets {
		if t.Pods != nil {
			probes = append(probes, &pods{component: t.Component, count: t.Pods})
		}
		if t.Containers != nil {
			probes = append(probes, &containers{component: t.Component, use: t.Containers})
		}
		probes = append(probes, probesOf(t, targets)...)
	}
	if p := newListeners(targets); len(p.targets) > 0 {
		probes = append(probes, p)
	}
	if p := newProcesses(targets); len(p.watched) > 0 {
		probes = append(probes, p)
	}
	return append(probes, cgroupProbes(targets)...)
}

func probesOf(t Target, all []Target) []Probe {
	var probes []Probe
	switch t.Kind {
	case results.KindPostgres:
		if t.DSN == "" {
			return nil
		}
		probes = append(probes, newPostgres(t))
		var work []*jobs
		for _, tenant := range t.Tenants {
			work = append(work, newJobs(t, tenant, odooOf(tenant, t.Component, all)))
		}
		probes = append(probes, rotations(work)...)
	case results.KindRedis:
		if t.URL != "" {
			probes = append(probes, newRedis(t))
		}
	case results.KindIngress:
		if t.Log != "" {
			probes = append(probes, newAccessLog(t))
		}
		if t.URL != "" {
			probes = append(probes, newIngressMetrics(t))
		}
	case results.KindOdoo:
		if t.Log != "" {
			probes = append(probes, newOdooLog(t))
		}
	case results.KindCarrier:
		if t.URL != "" {
			probes = append(probes, newCarrier(t))
		}
	case results.KindPrometheus:
		probes = append(probes, newPrometheus(t))
	}
	return probes
}

// odooOf returns the Odoo that serves the tenant. Background jobs belong to it, although
// they are read in the database.
func odooOf(tenant, otherwise string, all []Target) string {
	for _, t := range all {
		if t.Kind != results.KindOdoo {
			continue
		}
		for _, served := range t.Tenants {
			if served == tenant {
				return t.Component
			}
		}
	}
	return otherwise
}

// cgroupProbes creates one probe for each cgroup, since several components of a stack
// share it. A cgroup of one component has the component's name, others that of the stack.
func cgroupProbes(targets []Target) []Probe {
	var order []string
	owners := map[string][]string{}
	for _, t := range targets {
		if t.Cgroup == "" {
			continue
		}
		if len(owners[t.Cgroup]) == 0 {
			order = append(order, t.Cgroup)
		}
		owners[t.Cgroup] = append(owners[t.Cgroup], t.Component)
	}
	var probes []Probe
	for _, dir := range order {
		component := owners[dir][0]
		if len(owners[dir]) > 1 {
			component = path.Dir(component)
		}
		probes = append(probes, newCgroup(component, dir))
	}
	return probes
}
