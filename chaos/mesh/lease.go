package mesh

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The Lease of a run in each namespace that it may hit. Its holder renews it three times
// in leaseTerm.
const (
	leaseGroup = "coordination.k8s.io"
	leaseName  = "odoo-harness"
	leaseTerm  = 15 * time.Second
	leaseLook  = time.Second
)

// ErrInUse is returned when another run of the harness uses a namespace of the setup.
var ErrInUse = errors.New("another run of the harness uses this setup")

// leased are the namespaces whose Lease a run holds: those of its resources and of the
// pods that they may hit.
func (d *Driver) leased() []string {
	all := append([]string{d.Namespace}, d.Namespaces...)
	slices.Sort(all)
	return slices.Compact(all)
}

// Acquire takes the setup for this run, until release is called. It waits at most
// leaseTerm to see whether an earlier holder still renews its Lease: then it returns an
// error that wraps [ErrInUse] and names that run. Clocks of two machines are never
// compared: a holder that does not renew while it is watched is dead.
func (d *Driver) Acquire(ctx context.Context) (release func(context.Context), err error) {
	var held []string
	giveUp := func(ctx context.Context) {
		for _, namespace := range slices.Backward(held) {
			if err := d.giveUp(ctx, namespace); err != nil {
				d.Log.Warn(fmt.Sprintf("the Lease %s/%s could not be released; the next run waits %s: %v", namespace, leaseName,
					leaseTerm, err))
			}
		}
	}
	for _, namespace := range d.leased() {
		if err := d.acquire(ctx, namespace); err != nil {
			giveUp(ctx)
			return nil, err
		}
		held = append(held, namespace)
	}
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	var renewals sync.WaitGroup
	renewals.Go(func() { d.renew(renewing, held) })
	return func(ctx context.Context) {
		stop()
		renewals.Wait()
		giveUp(ctx)
	}, nil
}

// acquire takes the Lease of a namespace.
func (d *Driver) acquire(ctx context.Context, namespace string) error {
	var first *metav1.MicroTime
	var seen time.Time
	for {
		lease, err := d.lease(ctx, namespace)
		switch {
		case apierrors.IsNotFound(err):
			err = d.Client.Create(ctx, d.hold(&coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: leaseName, Namespace: namespace}}))
		case err != nil:
			return fmt.Errorf("read the Lease %s/%s: %w", namespace, leaseName, err)
		case holder(lease) == "", lease.Labels[RunLabel] == d.Run, !seen.IsZero() && time.Since(seen) >= leaseTerm:
			err = d.Client.Update(ctx, d.hold(lease))
		case seen.IsZero():
			first, seen = lease.Spec.RenewTime, time.Now()
			err = errWait
		case !lease.Spec.RenewTime.Equal(first):
			return fmt.Errorf("namespace %s: %w: %s; wait until it has ended", namespace, ErrInUse, holder(lease))
		default:
			err = errWait
		}
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, errWait) && !apierrors.IsConflict(err) && !apierrors.IsAlreadyExists(err):
			return fmt.Errorf("take the Lease %s/%s: %w", namespace, leaseName, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("take the Lease %s/%s: %w", namespace, leaseName, ctx.Err())
		case <-time.After(leaseLook):
		}
	}
}

// errWait has acquire look again.
var errWait = errors.New("look again")

// hold writes this run into a Lease.
func (d *Driver) hold(lease *coordinationv1.Lease) *coordinationv1.Lease {
	now, seconds := metav1.NowMicro(), int32(leaseTerm.Seconds())
	who := "run " + d.Run
	if d.Experiment != "" {
		who = d.Experiment + " (run " + d.Run + ")"
	}
	if d.Host != "" {
		who += " on " + d.Host
	}
	if lease.Labels == nil {
		lease.Labels = map[string]string{}
	}
	if lease.Labels[RunLabel] != d.Run {
		lease.Spec.AcquireTime = &now
	}
	lease.Labels[ManagedByLabel], lease.Labels[RunLabel] = ManagedBy, d.Run
	lease.Spec.HolderIdentity, lease.Spec.RenewTime, lease.Spec.LeaseDurationSeconds = &who, &now, &seconds
	return lease
}

// renew keeps the Leases until ctx ends.
func (d *Driver) renew(ctx context.Context, namespaces []string) {
	ticker := time.NewTicker(leaseTerm / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, namespace := range namespaces {
			lease, err := d.lease(ctx, namespace)
			if err == nil && lease.Labels[RunLabel] != d.Run {
				d.Log.Warn(fmt.Sprintf("the Lease %s/%s was lost to %s: this run could not renew it in time", namespace, leaseName,
					holder(lease)))
				return
			}
			if err == nil {
				err = d.Client.Update(ctx, d.hold(lease))
			}
			if err != nil && ctx.Err() == nil {
				d.Log.Warn(fmt.Sprintf("the Lease %s/%s could not be renewed: %v", namespace, leaseName, err))
			}
		}
	}
}

// giveUp empties the Lease of a namespace, if it is this run's.
func (d *Driver) giveUp(ctx context.Context, namespace string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTerm)
	defer cancel()
	lease, err := d.lease(ctx, namespace)
	if apierrors.IsNotFound(err) || err == nil && lease.Labels[RunLabel] != d.Run {
		return nil
	}
	if err != nil {
		return err
	}
	lease.Spec.HolderIdentity, lease.Spec.RenewTime, lease.Spec.AcquireTime = nil, nil, nil
	delete(lease.Labels, RunLabel)
	return d.Client.Update(ctx, lease)
}

func (d *Driver) lease(ctx context.Context, namespace string) (*coordinationv1.Lease, error) {
	var lease coordinationv1.Lease
	err := d.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: leaseName}, &lease)
	return &lease, err
}

// holder names the run that has a Lease, empty when none has.
func holder(lease *coordinationv1.Lease) string {
	if lease.Spec.HolderIdentity == nil {
		return ""
	}
	return *lease.Spec.HolderIdentity
}

// now is the time of the API server, which stamps the creation of all objects. Without
// the right to try a Lease it is this machine's.
func (d *Driver) now(ctx context.Context) time.Time {
	probe := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: leaseName + "-clock", Namespace: d.Namespace}}
	if err := d.Client.Create(ctx, probe, client.DryRunAll); err != nil || probe.CreationTimestamp.IsZero() {
		return time.Now()
	}
	return probe.CreationTimestamp.Time
}
