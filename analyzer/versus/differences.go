package versus

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"example.org/odooharness/analyzer/finding"
	"example.org/odooharness/analyzer/run"
	"example.org/odooharness/results"
)

// differencesOf returns the differences between the first runs of two sides.
func differencesOf(a, b Side) []Difference {
	if len(a.Runs) == 0 || len(b.Runs) == 0 {
		return nil
	}
	return Differences(a.Runs[0].Manifest, b.Runs[0].Manifest, a.Setup, b.Setup)
}

// Differences returns the facts in which two manifests differ: inputs, versions, generator,
// setup. Seeds and times are left out. A setup is named, or is the only one of its run.
func Differences(ma, mb results.Manifest, setupA, setupB string) []Difference {
	fa, fb := facts(ma, setupA), facts(mb, setupB)
	var all []Difference
	names := slices.Sorted(maps.Keys(fa))
	for _, name := range slices.Sorted(maps.Keys(fb)) {
		names = run.AppendNew(names, name)
	}
	for _, name := range names {
		if va, vb := fa[name], fb[name]; va != vb {
			all = append(all, Difference{What: name, A: orNone(va), B: orNone(vb)})
		}
	}
	return all
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// facts returns what identifies a run, by name.
func facts(m results.Manifest, setup string) map[string]string {
	f := map[string]string{
		"experiment": m.Experiment, "hypothesis": m.Hypothesis,
		"generator": fmt.Sprintf("%s/%s, %s, %s GB", m.Host.OS, m.Host.Arch, finding.Plural(m.Host.CPUs, "CPU"),
			finding.Decimal(float64(m.Host.Memory)/1e9)),
	}
	for name, version := range m.Versions {
		f["version of "+name] = version
	}
	for _, in := range m.Inputs {
		f["file "+filepath.Base(in.Path)] = "sha256 " + in.SHA256[:min(12, len(in.SHA256))]
	}
	for _, o := range m.Objectives {
		f["objective "+o.Name] = fmt.Sprintf("%s within %s", finding.Share(o.Target), finding.Seconds(o.Threshold))
	}
	for _, s := range m.Setups {
		if s.Name != setup && (setup != "" || len(m.Setups) > 1) {
			continue
		}
		var tenants []string
		for _, t := range s.Tenants {
			tenants = append(tenants, t.Name+" "+string(t.Role))
		}
		f["setup"], f["setup: tenancy"] = s.Name, string(s.Tenancy)
		f["setup: target"], f["setup: environment"] = s.Target, s.Environment
		if s.Target == "lab-"+string(results.LabOdoo) {
			f["setup: ingress"] = string(cmp.Or(s.Ingress, results.IngressNginx)) // earlier runs name none
		}
		f["setup: workers"], f["setup: CPU"] = fmt.Sprint(s.Workers), fmt.Sprint(s.CPU)
		f["setup: tenants"] = strings.Join(tenants, ", ")
		if s.CostPerHour > 0 {
			f["setup: price"] = fmt.Sprintf("%s %s/h", finding.Decimal(s.CostPerHour), s.Currency)
		}
	}
	return f
}
