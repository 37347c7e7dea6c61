package mesh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"example.org/odooharness/chaos"
)

// Within implements [chaos.Bounded]: it reads what the fault hits now, and whether it
// still does.
func (f *fault) Within(ctx context.Context) error {
	seen, err := f.read(ctx)
	if err == nil {
		err = f.within(ctx, seen)
	}
	if errors.Is(err, chaos.ErrBeyondPlan) {
		return err
	}
	if lost := f.held(ctx, seen, err); lost != nil {
		return lost
	}
	return err
}

// within is the rule that holds whatever the cause: every pod of a record, and every
// pod with rules of the fault, is one that was chosen, and they are never more than the
// setup allows. What Chaos Mesh did is read, not what it was sent.
func (f *fault) within(ctx context.Context, seen seen) error {
	for _, pod := range seen.pods() {
		f.touched[pod] = true
	}
	ruled, err := f.ruled(ctx)
	if err != nil {
		return err
	}
	for _, pod := range ruled {
		f.touched[pod] = true
	}
	var foreign []string
	for pod := range f.touched {
		if _, planned := f.before[pod]; !planned {
			foreign = append(foreign, pod)
		}
	}
	slices.Sort(foreign)
	if len(foreign) > 0 {
		return fmt.Errorf("%w: %s %s hit %s; planned were %s", chaos.ErrBeyondPlan, f.resource.GetKind(), f.resource.GetName(),
			strings.Join(foreign, ", "), strings.Join(sortedIDs(f.before), ", "))
	}
	if most := f.driver.MaxPods; most > 0 && len(f.touched) > most {
		return fmt.Errorf("%w: %s %s hit %d pods (%s), and the setup allows %d (chaos.maxPods)", chaos.ErrBeyondPlan,
			f.resource.GetKind(), f.resource.GetName(), len(f.touched), strings.Join(sortedHits(f.touched), ", "), most)
	}
	return nil
}

// ruled names the pods that carry rules of the fault, or of one that it started.
func (f *fault) ruled(ctx context.Context) ([]string, error) {
	if !throughRules(f.manifest.Kind) && !slices.ContainsFunc(f.started, throughRules) {
		return nil, nil
	}
	children, err := f.children(ctx)
	if err != nil {
		return nil, err
	}
	sources := []string{f.resource.GetNamespace() + "/" + f.resource.GetName()}
	for _, child := range children {
		sources = append(sources, child.GetNamespace()+"/"+child.GetName())
	}
	var pods []string
	err = f.driver.eachPerPod(ctx, append([]string{f.manifest.Kind}, f.started...), func(o *unstructured.Unstructured,
		fields []string) error {
		if slices.ContainsFunc(sources, func(source string) bool { return carries(o, fields, source) }) {
			pods = append(pods, o.GetNamespace()+"/"+o.GetName())
		}
		return nil
	})
	return pods, err
}
