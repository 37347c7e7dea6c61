package podstack

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/chaos/mesh"
)

// downLimit bounds taking a lab down: its pods end within ten seconds.
const downLimit = 3 * time.Minute

// ErrNotUp is returned for a lab that is not on the cluster.
var ErrNotUp = errors.New("lab is not on this cluster")

// Down removes the namespaces of a lab, and before them their data on the node.
// Namespaces without the lab's labels are never touched, whatever their names.
func Down(ctx context.Context, c client.Client, name string, log *slog.Logger) error {
	ctx, cancel := context.WithTimeout(ctx, downLimit)
	defer cancel()
	namespaces, err := labelled(ctx, c, client.MatchingLabels{mesh.ManagedByLabel: mesh.ManagedBy, LabLabel: name})
	if err != nil {
		return err
	}
	if len(namespaces) == 0 {
		return fmt.Errorf("%s: %w", name, ErrNotUp)
	}
	var problems []error
	for _, n := range namespaces {
		log.Info("removing namespace " + n.Name)
		if n.DeletionTimestamp == nil {
			if err := emptyNode(ctx, c, n.Name); err != nil {
				problems = append(problems, fmt.Errorf("remove the data of %s from its node: %w", n.Name, err))
			}
		}
		if err := c.Delete(ctx, &n); client.IgnoreNotFound(err) != nil {
			problems = append(problems, fmt.Errorf("remove namespace %s: %w", n.Name, err))
		}
	}
	for _, n := range namespaces {
		problems = append(problems, gone(ctx, c, &n))
	}
	return errors.Join(problems...)
}

func labelled(ctx context.Context, c client.Client, labels client.ListOption) ([]corev1.Namespace, error) {
	var list corev1.NamespaceList
	if err := c.List(ctx, &list, labels); err != nil {
		return nil, fmt.Errorf("list namespaces: %w", err)
	}
	return list.Items, nil
}

// dataFolder is where the component node-root keeps data on the node.
const dataFolder = "/var/lib/odoo-harness"

// emptyNode ends the stack's pods and has a last one remove what they wrote. It runs
// where they ran, since that is the node with the data.
func emptyNode(ctx context.Context, c client.Client, namespace string) error {
	var set appsv1.StatefulSet
	err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "postgresql"}, &set)
	if apierrors.IsNotFound(err) || err == nil && len(set.Spec.VolumeClaimTemplates) > 0 {
		return nil // nothing on the node
	}
	if err != nil {
		return err
	}
	var ran corev1.Pod
	if err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "postgresql-0"}, &ran); client.IgnoreNotFound(err) != nil {
		return err
	}
	background := client.PropagationPolicy(metav1.DeletePropagationBackground)
	for _, kind := range []client.Object{&appsv1.Deployment{}, &appsv1.StatefulSet{}} {
		if err := c.DeleteAllOf(ctx, kind, client.InNamespace(namespace), background); err != nil {
			return err
		}
	}
	if ran.Spec.NodeName == "" {
		return nil // it was never scheduled, and wrote nothing
	}
	err = wait.PollUntilContextCancel(ctx, lookEvery, true, func(ctx context.Context) (bool, error) {
		var pods corev1.PodList
		err := c.List(ctx, &pods, client.InNamespace(namespace), client.HasLabels{StackLabel})
		return err == nil && len(pods.Items) == 0, err
	})
	if err != nil {
		return fmt.Errorf("wait for the pods to end: %w", err)
	}
	return sweep(ctx, c, namespace, ran.Spec.NodeName, set.Spec.Template.Spec.Containers[0].Image)
}

func sweep(ctx context.Context, c client.Client, namespace, node, image string) error {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "sweep"},
		Spec: corev1.PodSpec{
			NodeName: node, RestartPolicy: corev1.RestartPolicyNever, AutomountServiceAccountToken: new(bool),
			Containers: []corev1.Container{{
				Name: "sweep", Image: image, Command: []string{"/bin/busybox", "rm", "-rf", "/data/" + namespace},
				VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}},
			}},
			Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
				HostPath: &corev1.HostPathVolumeSource{Path: dataFolder}}}},
		},
	}
	if err := c.Create(ctx, pod); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	err := wait.PollUntilContextCancel(ctx, lookEvery, true, func(ctx context.Context) (bool, error) {
		if err := c.Get(ctx, client.ObjectKeyFromObject(pod), pod); err != nil {
			return false, err
		}
		if pod.Status.Phase == corev1.PodFailed {
			return false, fmt.Errorf("the pod that removes it failed: %s", pod.Status.Message)
		}
		return pod.Status.Phase == corev1.PodSucceeded, nil
	})
	if err != nil {
		return fmt.Errorf("wait for its removal: %w", err)
	}
	return nil
}

func gone(ctx context.Context, c client.Client, n *corev1.Namespace) error {
	err := wait.PollUntilContextCancel(ctx, lookEvery, true, func(ctx context.Context) (bool, error) {
		err := c.Get(ctx, client.ObjectKeyFromObject(n), &corev1.Namespace{})
		return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
	})
	if err != nil {
		return fmt.Errorf("wait for the removal of namespace %s: %w", n.Name, err)
	}
	return nil
}
