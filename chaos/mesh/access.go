package mesh

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/manifest"
)

// Need is something that the harness must be allowed to do.
type Need struct {
	Namespace string
	Group     string
	Resource  string // pods, or a part of it: pods/portforward
	Name      string // of the only object; empty: all
	Verbs     []string
	Because   string
}

// meshGroup is the API group of Chaos Mesh.
const meshGroup = "chaos-mesh.org"

// plural is the resource of a kind.
func plural(kind string) string {
	switch kind {
	case "Schedule":
		return "schedules"
	case "Workflow":
		return "workflows"
	}
	return strings.ToLower(kind)
}

// needs are what one fault requires.
func (f *fault) needs() []Need { return f.driver.needs(append(kindsOf(f.manifest.Kind), f.started...)) }

// kindsOf are the resources that a manifest creates, without those of the faults that it
// starts. A Workflow ends a Schedule.
func kindsOf(kind string) []string {
	if kind == v1alpha1.KindSchedule {
		return []string{v1alpha1.KindWorkflow, v1alpha1.KindSchedule}
	}
	return []string{kind}
}

// Needs are what all single faults on the setup require. Workflows are not among them:
// who may create one may run any container through a Task.
func (d *Driver) Needs() []Need { return d.needs(childKinds()) }

// NeedsOf are what the given faults require, and no more. Those of this project's kinds
// require none of Chaos Mesh.
func (d *Driver) NeedsOf(faults []chaos.Manifest) []Need {
	var kinds []string
	for _, m := range faults {
		if own(m) {
			continue
		}
		kinds = append(kinds, kindsOf(m.Kind)...)
		if document, err := manifest.Decode(m); err == nil { // its Check reports the error
			kinds = append(kinds, startedKinds(document)...)
		}
	}
	slices.Sort(kinds)
	return d.needs(slices.Compact(kinds))
}

func (d *Driver) needs(kinds []string) []Need {
	var needs []Need
	for _, kind := range kinds {
		needs = append(needs, Need{d.Namespace, meshGroup, plural(kind), "",
			[]string{"create", "delete", "get", "list", "patch"}, "to inject a fault, read it and revert it"})
		for _, namespace := range d.Namespaces {
			if namespace != d.Namespace {
				needs = append(needs, Need{namespace, meshGroup, plural(kind), "",
					[]string{"create"}, "Chaos Mesh requires it of the user who hits pods of the namespace"})
			}
			if rules := rulesOf(kind); rules != "" {
				needs = append(needs, Need{namespace, meshGroup, plural(rules), "",
					[]string{"list"}, "to see which pods a fault hits, and what it leaves"})
			}
		}
	}
	for _, namespace := range d.Namespaces {
		needs = append(needs,
			Need{namespace, "", "pods", "", []string{"get", "list"}, "to find what a fault would hit"},
			Need{namespace, "", "namespaces", namespace, []string{"get"}, "to refuse a namespace that is labelled production"})
	}
	for _, namespace := range d.leased() {
		const because = "so that two runs on one setup know of each other"
		needs = append(needs, Need{namespace, leaseGroup, "leases", leaseName, []string{"get", "update"}, because},
			Need{namespace, leaseGroup, "leases", "", []string{"create"}, because})
	}
	return merge(needs)
}

// merge joins the verbs of each resource, in a fixed order.
func merge(needs []Need) []Need {
	var merged []Need
	for _, n := range needs {
		i := slices.IndexFunc(merged, func(m Need) bool {
			return m.Namespace == n.Namespace && m.Group == n.Group && m.Resource == n.Resource && m.Name == n.Name
		})
		if i < 0 {
			n.Verbs = slices.Clone(n.Verbs)
			merged = append(merged, n)
			continue
		}
		merged[i].Verbs = append(merged[i].Verbs, n.Verbs...)
	}
	for i := range merged {
		slices.Sort(merged[i].Verbs)
		merged[i].Verbs = slices.Compact(merged[i].Verbs)
	}
	slices.SortFunc(merged, func(a, b Need) int {
		return cmp.Or(strings.Compare(a.Namespace+a.Group+a.Resource, b.Namespace+b.Group+b.Resource), strings.Compare(a.Name, b.Name))
	})
	return merged
}

// Missing checks every need with the API server and returns those that are not
// permitted.
func (d *Driver) Missing(ctx context.Context, needs []Need) ([]Need, error) {
	var missing []Need
	for _, n := range needs {
		var verbs []string
		resource, sub, _ := strings.Cut(n.Resource, "/")
		for _, verb := range n.Verbs {
			review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
				ResourceAttributes: &authorizationv1.ResourceAttributes{
					Namespace: n.Namespace, Group: n.Group, Resource: resource, Subresource: sub, Name: n.Name, Verb: verb,
				},
			}}
			if err := d.Client.Create(ctx, review); err != nil {
				return nil, fmt.Errorf("check permissions with the API server: %w", err)
			}
			if !review.Status.Allowed {
				verbs = append(verbs, verb)
			}
		}
		if len(verbs) > 0 {
			n.Verbs = verbs
			missing = append(missing, n)
		}
	}
	return missing, nil
}

// Permitted returns everything that is not permitted in one error, with the roles
// that would grant it.
func (d *Driver) Permitted(ctx context.Context, needs []Need) error {
	missing, err := d.Missing(ctx, needs)
	if err != nil || len(missing) == 0 {
		return err
	}
	problems := make([]error, 0, len(missing)+1)
	for _, n := range missing {
		problems = append(problems, fmt.Errorf("not permitted in namespace %s: %s %s (%s)",
			n.Namespace, strings.Join(n.Verbs, ", "), strings.TrimSuffix(n.Resource+"."+n.Group, "."), n.Because))
	}
	roles, err := Roles(missing, "odoo-harness", d.Namespace)
	if err != nil {
		return err
	}
	problems = append(problems, fmt.Errorf("this would grant it (harness init --rbac writes it):\n%s", roles))
	return errors.Join(problems...)
}

// Roles writes a Role for each namespace of the needs, bound to a ServiceAccount,
// as YAML for kubectl apply.
func Roles(needs []Need, account, accountNamespace string) ([]byte, error) {
	needs = merge(needs)
	meta := func(namespace string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Name: account, Namespace: namespace, Labels: map[string]string{ManagedByLabel: ManagedBy}}
	}
	objects := []any{&corev1.ServiceAccount{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}, ObjectMeta: meta(accountNamespace),
	}}
	const version = "rbac.authorization.k8s.io/v1"
	for _, namespace := range namespacesOf(needs) {
		role := &rbacv1.Role{TypeMeta: metav1.TypeMeta{APIVersion: version, Kind: "Role"}, ObjectMeta: meta(namespace)}
		for _, n := range needs {
			if n.Namespace != namespace {
				continue
			}
			same := slices.IndexFunc(role.Rules, func(r rbacv1.PolicyRule) bool {
				return r.APIGroups[0] == n.Group && slices.Equal(r.Verbs, n.Verbs) && n.Name == "" && len(r.ResourceNames) == 0
			})
			if same >= 0 {
				role.Rules[same].Resources = append(role.Rules[same].Resources, n.Resource)
				continue
			}
			rule := rbacv1.PolicyRule{APIGroups: []string{n.Group}, Resources: []string{n.Resource}, Verbs: n.Verbs}
			if n.Name != "" {
				rule.ResourceNames = []string{n.Name}
			}
			role.Rules = append(role.Rules, rule)
		}
		objects = append(objects, role, &rbacv1.RoleBinding{
			TypeMeta: metav1.TypeMeta{APIVersion: version, Kind: "RoleBinding"}, ObjectMeta: meta(namespace),
			Subjects: []rbacv1.Subject{{Kind: "ServiceAccount", Name: account, Namespace: accountNamespace}},
			RoleRef:  rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "Role", Name: account},
		})
	}
	var out bytes.Buffer
	for _, object := range objects {
		encoded, err := yaml.Marshal(object)
		if err != nil {
			return nil, fmt.Errorf("encode roles: %w", err)
		}
		out.WriteString("---\n")
		out.Write(encoded)
	}
	return out.Bytes(), nil
}

func namespacesOf(needs []Need) []string {
	var all []string
	for _, n := range needs {
		all = append(all, n.Namespace)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
