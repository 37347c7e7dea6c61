package generators

import (
	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/experiment/spec"
)

// Needs are the permissions that the harness needs for the generators of an experiment.
func Needs(g spec.Generators) ([]mesh.Need, error) {
	if !g.Pods() {
		return nil, nil
	}
	m, problems := read(g)
	if len(problems) > 0 {
		return nil, problems
	}
	group, resource := "batch", "jobs"
	if m.kind == testRunKind {
		group, resource = "k6.io", "testruns"
	}
	need := func(group, resource, name, because string, verbs ...string) mesh.Need {
		return mesh.Need{Namespace: m.namespace, Group: group, Resource: resource, Name: name, Verbs: verbs, Because: because}
	}
	needs := []mesh.Need{
		need(group, resource, "", "to make the pods of generators", "create", "delete", "get"),
		need("", "secrets", "", "to give generators their token", "create", "delete", "patch"),
		need("", "pods", "", "to report why a generator does not come", "list"),
		need("", "namespaces", m.namespace, "to refuse a namespace that is labelled production", "get"),
	}
	if m.kind == testRunKind {
		needs = append(needs, need("", "configmaps", "", "to give a TestRun its script", "create", "delete", "patch"))
	}
	return needs, nil
}
