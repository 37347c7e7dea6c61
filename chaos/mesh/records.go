package mesh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chaos-mesh/chaos-mesh/api/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var errNoKind = errors.New("no such kind")

// silence is how long an untouched status is normal: the controller reacts within
// a second.
const silence = 5 * time.Second

// seen is the status of a resource.
type seen struct {
	records  []v1alpha1.Record
	injected bool   // of every record, at least once, and now
	evidence string // in words
	empty    bool   // nobody has written a status
	selected string // the condition Selected
	failure  string // the last failed event
	desired  v1alpha1.DesiredPhase
	deleting bool
}

// read reads the status of the resource, or of those that it started.
func (f *fault) read(ctx context.Context) (seen, error) {
	if f.resource.GetKind() == v1alpha1.KindWorkflow {
		return f.readWorkflow(ctx)
	}
	return f.driver.readChaos(ctx, f.resource.GetKind(), client.ObjectKeyFromObject(f.resource))
}

// readChaos judges one fault by its records. The conditions alone do not do: a
// fault that never happened ends as AllRecovered, too.
func (d *Driver) readChaos(ctx context.Context, kind string, key client.ObjectKey) (seen, error) {
	known, ok := v1alpha1.AllKinds()[kind]
	if !ok {
		return seen{}, fmt.Errorf("read %s: not a kind of fault", kind)
	}
	object, ok := known.SpawnObject().(v1alpha1.InnerObject)
	if !ok {
		return seen{}, fmt.Errorf("read %s: it has no status", kind)
	}
	asObject, ok := object.(client.Object)
	if !ok {
		return seen{}, fmt.Errorf("read %s: not an object", kind)
	}
	if err := d.Client.Get(ctx, key, asObject); err != nil {
		return seen{}, fmt.Errorf("read %s %s: %w", kind, key.Name, err)
	}
	s := judge(kind, key.Name, object.GetStatus())
	s.deleting = object.IsDeleted()
	return s, nil
}

// judge reads a status.
func judge(kind, name string, status *v1alpha1.ChaosStatus) seen {
	s := seen{
		empty:   len(status.Conditions) == 0 && len(status.Experiment.Records) == 0,
		desired: status.Experiment.DesiredPhase,
	}
	for _, c := range status.Conditions {
		if c.Type == v1alpha1.ConditionSelected {
			s.selected = string(c.Status)
		}
	}
	s.injected = len(status.Experiment.Records) > 0
	var done []string
	for _, r := range status.Experiment.Records {
		s.records = append(s.records, *r)
		s.injected = s.injected && r.InjectedCount > 0 && r.Phase == v1alpha1.Injected
		if r.InjectedCount > 0 {
			done = append(done, r.Id)
		}
		for _, e := range r.Events {
			if e.Type == v1alpha1.TypeFailed {
				s.failure = fmt.Sprintf("%s: %s", r.Id, e.Message)
			}
		}
	}
	s.evidence = fmt.Sprintf("%s %s: injected into %s", kind, name, strings.Join(done, ", "))
	return s
}

// noted reports whether the records have an injection for everything selected.
func (s seen) noted() bool {
	return len(s.records) > 0 && !slices.ContainsFunc(s.records, func(r v1alpha1.Record) bool { return r.InjectedCount == 0 })
}

// stopped reports whether the fault's time is over with nothing under way.
func (s seen) stopped() bool {
	return s.desired == v1alpha1.StoppedPhase && !slices.ContainsFunc(s.records, func(r v1alpha1.Record) bool {
		return r.Phase != v1alpha1.NotInjected
	})
}

// pods are those of the records, namespace/name.
func (s seen) pods() []string {
	var pods []string
	for _, r := range s.records {
		parts := strings.Split(r.Id, "/") // with /container for some kinds
		pods = append(pods, strings.Join(parts[:min(2, len(parts))], "/"))
	}
	slices.Sort(pods)
	return slices.Compact(pods)
}

// whyNotInEffect reports why a fault is not in effect yet, and what a person can do.
func (f *fault) whyNotInEffect(s seen) string {
	name := f.resource.GetKind() + " " + f.resource.GetName()
	switch {
	case s.failure != "" && strings.Contains(s.failure, "cannot find daemonIP"):
		return name + ": no chaos-daemon runs on the pod's node; look at the DaemonSet chaos-daemon and at taints of " +
			"the node: " + s.failure
	case strings.Contains(s.failure, "unable to set tcs"):
		return name + ": Chaos Mesh's daemon could not shape the pods' traffic; the node's kernel most likely lacks the modules " +
			"(modprobe sch_netem sch_prio sch_tbf on the node; the daemon's log names the missing one): " + s.failure
	case s.failure != "":
		return name + ": Chaos Mesh could not inject: " + s.failure
	case s.empty && time.Since(f.created) > silence:
		return fmt.Sprintf("%s: its status has stayed empty for %.0f s, so no controller has taken it up: the controller manager "+
			"is down, or the CRDs are of another version than the controller, which then refuses its own updates "+
			"(its log contains \"Cannot update chaos spec\"); install CRDs and controller of one version",
			name, time.Since(f.created).Seconds())
	case s.empty:
		return name + ": its status is empty yet"
	case s.selected == string(corev1.ConditionFalse) && len(s.records) == 0:
		return name + ": Chaos Mesh found no running pod for its selector"
	case len(s.records) == 0:
		return name + ": it has started no fault yet"
	}
	var waiting []string
	for _, r := range s.records {
		waiting = append(waiting, fmt.Sprintf("%s is %q after %d injections", r.Id, r.Phase, r.InjectedCount))
	}
	return name + ": " + strings.Join(waiting, ", ")
}

// readWorkflow reads the faults that a Workflow has started: it is in effect when one of
// them is. An accomplished one has none any more; what was seen before stays seen.
func (f *fault) readWorkflow(ctx context.Context) (seen, error) {
	var workflow v1alpha1.Workflow
	if err := f.driver.Client.Get(ctx, client.ObjectKeyFromObject(f.resource), &workflow); err != nil {
		return seen{}, fmt.Errorf("read Workflow %s: %w", f.resource.GetName(), err)
	}
	s, err := f.readChildren(ctx)
	s.empty = workflow.Status.EntryNode == nil && len(s.records) == 0
	return s, err
}

// readChildren judges the faults that were started; one in effect is enough.
func (f *fault) readChildren(ctx context.Context) (seen, error) {
	whole := seen{}
	children, err := f.children(ctx)
	if err != nil {
		return whole, err
	}
	for _, child := range children {
		if child.GetKind() == v1alpha1.KindSchedule {
			continue // its faults are in the list, too
		}
		one, err := f.driver.readChaos(ctx, child.GetKind(), client.ObjectKeyFromObject(child))
		if absent(err) {
			continue // over since it was listed
		}
		if err != nil {
			return whole, err
		}
		if one.injected {
			whole.injected, whole.evidence = true, one.evidence
		}
		whole.records = append(whole.records, one.records...)
		whole.failure = orElse(one.failure, whole.failure)
	}
	return whole, nil
}

// children lists what the fault has started: the faults of a Workflow, its Schedules and
// their faults. A Schedule comes before its faults.
func (f *fault) children(ctx context.Context) ([]*unstructured.Unstructured, error) {
	if f.resource.GetKind() != v1alpha1.KindWorkflow {
		return nil, nil
	}
	ofWorkflow := client.MatchingLabels{v1alpha1.LabelWorkflow: f.resource.GetName()}
	kinds := f.started
	if f.manifest.Kind == v1alpha1.KindSchedule {
		kinds = []string{v1alpha1.KindSchedule}
	}
	children, err := f.list(ctx, kinds, ofWorkflow)
	if err != nil {
		return nil, err
	}
	for _, child := range children {
		if child.GetKind() != v1alpha1.KindSchedule {
			continue
		}
		faults, err := f.list(ctx, f.started, client.MatchingLabels{v1alpha1.LabelManagedBy: child.GetName()})
		if err != nil {
			return nil, err
		}
		children = append(children, faults...)
	}
	return children, nil
}

// list returns resources of the kinds with a label.
func (f *fault) list(ctx context.Context, kinds []string, label client.MatchingLabels) ([]*unstructured.Unstructured, error) {
	var found []*unstructured.Unstructured
	for _, kind := range kinds {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(v1alpha1.SchemeBuilder.GroupVersion.WithKind(kind + "List"))
		err := f.driver.Client.List(ctx, list, client.InNamespace(f.resource.GetNamespace()), label)
		if absent(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", kind, err)
		}
		for i := range list.Items {
			found = append(found, &list.Items[i])
		}
	}
	return found, nil
}

// childKinds are the kinds that a Schedule or Workflow starts on pods.
func childKinds() []string {
	return []string{
		v1alpha1.KindPodChaos, v1alpha1.KindNetworkChaos, v1alpha1.KindStressChaos, v1alpha1.KindIOChaos,
		v1alpha1.KindHTTPChaos, v1alpha1.KindDNSChaos, v1alpha1.KindTimeChaos,
	}
}

func orElse(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
