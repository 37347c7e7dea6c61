package podstack

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// scale gives a stack the resources of as many tenants as it serves, and with
// Spec.CPU its part of that many cores: the limits of all stacks add up to it.
//
//	limit of a container = one tenant's limit × tenants of the stack × (CPU / limits of all tenants)
func (l *Lab) scale(s Stack, objects []*unstructured.Unstructured) error {
	tenants := int64(len(s.Tenants))
	of, err := cores(objects)
	if err != nil {
		return err
	}
	permille := int64(1000)
	if l.Spec.CPU > 0 {
		permille = int64(l.Spec.CPU * 1000 * 1000 / (float64(of) * float64(len(l.Spec.Tenants))))
	}
	return eachTemplate(objects, func(name string, spec *corev1.PodSpec) {
		for i := range spec.Containers {
			for _, list := range []corev1.ResourceList{spec.Containers[i].Resources.Requests, spec.Containers[i].Resources.Limits} {
				memory := list[corev1.ResourceMemory]
				list[corev1.ResourceMemory] = *resource.NewQuantity(memory.Value()*tenants, resource.BinarySI)
				cpu := list[corev1.ResourceCPU]
				milli := cpu.MilliValue() * tenants
				if name != carrier {
					milli = milli * permille / 1000
				}
				list[corev1.ResourceCPU] = *resource.NewMilliQuantity(max(1, milli), resource.DecimalSI)
			}
		}
	})
}

// carrier stands for a service that somebody else runs: it is outside of the share.
const carrier = "carrier"

// cores adds up the limits of one tenant's containers, in thousandths.
func cores(objects []*unstructured.Unstructured) (milli int64, err error) {
	err = eachTemplate(objects, func(name string, spec *corev1.PodSpec) {
		for _, c := range spec.Containers {
			if name != carrier {
				milli += c.Resources.Limits.Cpu().MilliValue()
			}
		}
	})
	return milli, err
}

// eachTemplate changes the pods of every workload.
func eachTemplate(objects []*unstructured.Unstructured, change func(name string, spec *corev1.PodSpec)) error {
	for _, o := range objects {
		var typed runtime.Object
		var spec *corev1.PodSpec
		switch o.GetKind() {
		case "Deployment":
			d := &appsv1.Deployment{}
			typed, spec = d, &d.Spec.Template.Spec
		case "StatefulSet":
			d := &appsv1.StatefulSet{}
			typed, spec = d, &d.Spec.Template.Spec
		default:
			continue
		}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(o.Object, typed, true); err != nil {
			return fmt.Errorf("read %s %s: %w", o.GetKind(), o.GetName(), err)
		}
		change(o.GetName(), spec)
		changed, err := runtime.DefaultUnstructuredConverter.ToUnstructured(typed)
		if err != nil {
			return fmt.Errorf("write %s %s: %w", o.GetKind(), o.GetName(), err)
		}
		unstructured.RemoveNestedField(changed, "status")
		o.Object = changed
	}
	return nil
}
