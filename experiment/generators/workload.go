package generators

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	manifests "example.org/odooharness/chaos/manifest"
	"example.org/odooharness/experiment/file"
	"example.org/odooharness/experiment/spec"
	"example.org/odooharness/scenarios/remote"
)

// workload is what makes the pods of a run: a Job, or a TestRun.
type workload struct {
	version, kind string

	object client.Object
	files  []client.Object       // what its pods read; they go with it
	pods   client.MatchingLabels // of its pods
	create func(context.Context, client.Client) error
	failed func(context.Context, client.Client, *workload) error  // why it does not get its pods; nil: it may
	state  func(context.Context, client.Client, *workload) string // how far it is; nil: unknown
}

// manifest is a user's file that describes the pods.
type manifest struct {
	kind            string
	name, namespace string
	// of makes the workload of a run that measures so long.
	of func(g spec.Generators, measuring time.Duration, c *remote.Coordinator) (*workload, error)
}

// read reads the manifest of the engine, and returns all that is wrong with it.
func read(g spec.Generators) (manifest, file.Problems) {
	if g.Engine == spec.EngineOperator {
		t, problems := readTestRun(g)
		if len(problems) > 0 {
			return manifest{kind: testRunKind}, problems
		}
		return manifest{testRunKind, t.GetName(), t.GetNamespace(),
			func(g spec.Generators, _ time.Duration, c *remote.Coordinator) (*workload, error) {
				return testRunOf(t, g, c)
			}}, nil
	}
	job, problems := readJob(g)
	if len(problems) > 0 {
		return manifest{kind: jobKind}, problems
	}
	return manifest{jobKind, job.Name, job.Namespace,
		func(g spec.Generators, measuring time.Duration, c *remote.Coordinator) (*workload, error) {
			return jobOf(job, g, measuring, c), nil
		}}, nil
}

// readYAML reads a manifest that a field of generators names. like is an empty object of its
// kind.
func readYAML(path, field, kind string, like, into any) file.Problems {
	raw, err := file.Content(path)
	if err != nil {
		return file.Problems{{File: path, What: "cannot be read: " + err.Error(),
			Remedy: "write the path of a " + kind + "'s manifest in generators." + field}}
	}
	compare := "compare it with deploy/load/" + strings.ToLower(kind) + ".yaml"
	only, err := manifests.Check(path, raw, like)
	if err == nil {
		err = yaml.UnmarshalStrict(only, into)
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var problems file.Problems
		for _, each := range joined.Unwrap() {
			var p *manifests.Problem
			if errors.As(each, &p) {
				problems = append(problems, file.Problem{File: path, Line: p.Line, Field: p.At, What: p.What, Remedy: compare})
			}
		}
		return problems
	}
	if err != nil {
		return file.Problems{{File: path, What: "it is no manifest of a " + kind + ": " + err.Error(), Remedy: compare}}
	}
	return nil
}

// longestName leaves room for what a run adds, in a label of 63 characters: -abcdef, and the
// number of a runner.
const longestName = 50

// checkMeta checks the kind, the name and the namespace of a manifest.
func checkMeta(path string, object client.Object, version, kind string) (problems file.Problems) {
	add := func(field, what, remedy string) {
		problems = append(problems, file.Problem{File: path, Field: field, What: what, Remedy: remedy})
	}
	gotVersion, gotKind := object.GetObjectKind().GroupVersionKind().ToAPIVersionAndKind()
	if gotVersion != version || gotKind != kind {
		add("kind", fmt.Sprintf("it is a %s of %s", cmp.Or(gotKind, "resource without a kind"), cmp.Or(gotVersion, "no apiVersion")),
			"write apiVersion: "+version+" and kind: "+kind)
	}
	switch name := object.GetName(); {
	case name == "":
		add("metadata.name", "the "+kind+" has no name", "write one; each run adds letters to it")
	case len(name) > longestName:
		add("metadata.name", fmt.Sprintf("it has %d characters", len(name)),
			fmt.Sprintf("write at most %d; each run adds letters to it", longestName))
	case len(validation.IsDNS1123Subdomain(name)) > 0:
		add("metadata.name", fmt.Sprintf("%q is no name for Kubernetes", name), "write lower-case letters, digits and hyphens")
	}
	switch namespace := object.GetNamespace(); {
	case namespace == "":
		add("metadata.namespace", "the "+kind+" has no namespace", "write the one in which the generators may run")
	case len(validation.IsDNS1123Label(namespace)) > 0:
		add("metadata.namespace", fmt.Sprintf("%q is no name for Kubernetes", namespace),
			"write lower-case letters, digits and hyphens")
	case spec.IsProduction(namespace):
		add("metadata.namespace", "the namespace "+namespace+" is production by its name",
			"run the generators in a namespace of their own")
	}
	return problems
}

// environment is how an agent reaches the harness. The credential is in the Secret of this
// name alone.
func environment(secret string, g spec.Generators, c *remote.Coordinator) []corev1.EnvVar {
	from := func(key string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: secret}, Key: key}}
	}
	field := func(path string) *corev1.EnvVarSource {
		return &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: path}}
	}
	return []corev1.EnvVar{
		{Name: remote.AddressVariable, Value: addressOf(g, c.Port())},
		{Name: remote.CertificateVariable, ValueFrom: from("certificate")},
		{Name: remote.TokenVariable, ValueFrom: from("token")},
		{Name: remote.HostVariable, ValueFrom: field("metadata.name")},
		{Name: remote.NodeVariable, ValueFrom: field("spec.nodeName")},
	}
}

// credentials is the Secret of a workload, by its name.
func credentials(of client.Object, c *remote.Coordinator) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: of.GetName(), Namespace: of.GetNamespace(), Labels: of.GetLabels()},
		Data:       map[string][]byte{"certificate": c.Certificate, "token": []byte(c.Token.Reveal())},
	}
}

// addressOf is where agents find the coordinator. Port 0 is the one on which it listens.
func addressOf(g spec.Generators, port int) string {
	if host, ok := strings.CutSuffix(g.Address, ":0"); ok {
		return fmt.Sprintf("%s:%d", host, port)
	}
	return g.Address
}

// describe lists the pods of a workload that do not run, and how far it is.
func (w *workload) describe(ctx context.Context, c client.Client) string {
	var all []string
	var list corev1.PodList
	// Without the list the rest is all that is known.
	if err := c.List(ctx, &list, client.InNamespace(w.object.GetNamespace()), w.pods); err == nil {
		for _, p := range list.Items {
			helper := p.Labels[crLabel] != "" && p.Labels[runnerLabel] == "" // of the operator
			if why := whyNot(p); why != "" && (!helper || p.Status.Phase != corev1.PodSucceeded) {
				all = append(all, p.Name+": "+why)
			}
		}
	}
	slices.Sort(all)
	if w.state != nil {
		if state := w.state(ctx, c, w); state != "" {
			all = append([]string{state}, all...)
		}
	}
	return strings.Join(all, "; ")
}

// whyNot is what Kubernetes knows of a pod that does not run.
func whyNot(p corev1.Pod) string {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return "it has no node: " + c.Message
		}
	}
	for _, c := range p.Status.ContainerStatuses {
		switch {
		case c.State.Waiting != nil:
			return strings.TrimSpace(c.State.Waiting.Reason + " " + c.State.Waiting.Message)
		case c.State.Terminated != nil:
			return fmt.Sprintf("it ended with code %d: kubectl logs -n %s %s", c.State.Terminated.ExitCode, p.Namespace, p.Name)
		}
	}
	return ""
}
