package manifest

import (
	"errors"
	"fmt"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"

	"example.org/odooharness/chaos"
)

// SelectorOf converts a selector of Chaos Mesh. The path names it in errors,
// which join every part of it that only a cluster can match.
func SelectorOf(path string, in *v1alpha1.PodSelector) (chaos.Selector, error) {
	var problems []error
	refuse := func(set bool, name string) {
		if set {
			problems = append(problems, fmt.Errorf(
				"%s.%s: only a Kubernetes cluster can match it; select by labelSelectors or expressionSelectors", path, name))
		}
	}
	s := in.Selector
	refuse(len(s.Pods) > 0, "pods")
	refuse(len(s.Nodes) > 0, "nodes")
	refuse(len(s.NodeSelectors) > 0, "nodeSelectors")
	refuse(len(s.FieldSelectors) > 0, "fieldSelectors")
	refuse(len(s.AnnotationSelectors) > 0, "annotationSelectors")
	refuse(len(s.PodPhaseSelectors) > 0, "podPhaseSelectors")

	out := chaos.Selector{Labels: s.LabelSelectors, Mode: string(in.Mode), Value: in.Value}
	for _, e := range s.ExpressionSelectors {
		out.Expressions = append(out.Expressions, chaos.Expression{
			Key: e.Key, Operator: string(e.Operator), Values: e.Values,
		})
	}
	return out, errors.Join(problems...)
}
