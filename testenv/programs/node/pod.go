package node

import (
	"context"
	"encoding/json"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// pod is one pod and its processes. All of it belongs to its goroutine, but for
// the channels.
type pod struct {
	node       *Node
	spec       *corev1.Pod
	containers []*container
	deadline   time.Time // of its deletion; zero: it is not being deleted
	reported   string    // the status last written

	mail      chan *corev1.Pod // the newest object only
	vanished  chan struct{}
	once      sync.Once
	ends      chan ended
	over      chan struct{} // closed when the goroutine no longer listens
	processes sync.WaitGroup
}

func newPod(n *Node, spec *corev1.Pod) *pod {
	p := &pod{
		node: n, spec: spec, mail: make(chan *corev1.Pod, 1), vanished: make(chan struct{}),
		ends: make(chan ended), over: make(chan struct{}),
	}
	for _, c := range spec.Spec.Containers {
		p.containers = append(p.containers, &container{name: c.Name, due: time.Now()})
	}
	return p
}

// update replaces the unread specification, if any. Only the informer calls it.
func (p *pod) update(spec *corev1.Pod) {
	select {
	case <-p.mail:
	default:
	}
	p.mail <- spec
}

func (p *pod) vanish() { p.once.Do(func() { close(p.vanished) }) }

// run is the pod's goroutine: it acts on each new specification and on each end of a
// process, and reports after each. It returns when the pod is over or ctx ends, with no
// process left.
func (p *pod) run(ctx context.Context) {
	defer func() {
		close(p.over)
		for _, c := range p.containers {
			c.signal(syscall.SIGKILL)
		}
		p.processes.Wait()
	}()
	const tick = 100 * time.Millisecond // for back-offs, probes and grace periods
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.vanished:
			return
		case spec := <-p.mail:
			p.spec = spec
			p.obey()
		case e := <-p.ends:
			if e.container.cmd == e.cmd {
				policy := p.spec.Spec.RestartPolicy
				if !p.deadline.IsZero() {
					policy = corev1.RestartPolicyNever
				}
				e.container.exited(e.state, policy)
			}
		case <-ticker.C:
		}
		if !p.deadline.IsZero() {
			if p.leave(ctx) {
				return
			}
		} else {
			p.advance(ctx)
		}
		p.report(ctx)
	}
}

// obey reacts to a changed object: a deletion, or another image.
func (p *pod) obey() {
	if p.spec.DeletionTimestamp != nil {
		if p.deadline.IsZero() {
			for _, c := range p.containers {
				c.due = time.Time{}
				c.signal(syscall.SIGTERM)
			}
		}
		p.deadline = p.spec.DeletionTimestamp.Time
		return
	}
	for i, spec := range p.spec.Spec.Containers {
		c := p.containers[i]
		switch {
		case c.image == "" || c.image == spec.Image:
		case c.cmd != nil:
			c.replaced = true
			c.signal(syscall.SIGTERM)
			grace := time.Duration(*p.spec.Spec.TerminationGracePeriodSeconds) * time.Second
			cmd := c.cmd
			p.processes.Go(func() {
				select {
				case <-time.After(grace):
					_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
				case <-p.over:
				}
			})
			c.image = spec.Image
		default:
			c.image, c.refused, c.due = spec.Image, "", time.Now()
		}
	}
}

// advance starts what is due, and looks at readiness.
func (p *pod) advance(ctx context.Context) {
	for i, c := range p.containers {
		spec := p.spec.Spec.Containers[i]
		if c.cmd == nil && !c.due.IsZero() && !time.Now().Before(c.due) {
			if c.last != nil || c.refused != "" {
				c.restarts++
			}
			if err := c.start(ctx, p, spec); err != nil {
				c.refused, c.due = err.Error(), time.Now().Add(Backoff(c.restarts))
			}
		}
		c.ready = c.cmd != nil && (spec.ReadinessProbe == nil || probe(ctx, *spec.ReadinessProbe))
	}
}

// leave reports whether a pod that is being deleted is over: its processes have
// ended, by themselves or at the end of the grace period, and its object is deleted.
func (p *pod) leave(ctx context.Context) bool {
	running := false
	for _, c := range p.containers {
		if c.cmd != nil {
			running = true
			if time.Now().After(p.deadline) {
				c.signal(syscall.SIGKILL)
			}
		}
	}
	if running {
		return false
	}
	now := int64(0)
	err := p.node.Client.CoreV1().Pods(p.spec.Namespace).Delete(ctx, p.spec.Name, metav1.DeleteOptions{
		GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &p.spec.UID},
	})
	return err == nil || apierrors.IsNotFound(err) || apierrors.IsConflict(err)
}

// report writes the status when it has changed.
func (p *pod) report(ctx context.Context) {
	status := p.status()
	encoded, err := json.Marshal(status)
	if err != nil || string(encoded) == p.reported {
		return
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": p.spec.UID}, "status": status})
	if err != nil {
		return
	}
	_, err = p.node.Client.CoreV1().Pods(p.spec.Namespace).Patch(ctx, p.spec.Name, types.MergePatchType, patch,
		metav1.PatchOptions{}, "status")
	switch {
	case err == nil:
		p.reported = string(encoded)
	case !apierrors.IsNotFound(err) && ctx.Err() == nil:
		p.node.Log.Warn("report status", "pod", p.spec.Namespace+"/"+p.spec.Name, "error", err)
	}
}
