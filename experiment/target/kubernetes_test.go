package target

import (
	"context"
	"errors"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"example.org/odooharness/experiment/spec"
)

func onPods() spec.Setup {
	return spec.Setup{Name: "staging", Path: "setup.yaml", Chaos: &spec.ChaosScope{Driver: spec.ChaosMesh, Namespace: "shop"}}
}

// A namespace that is labelled production is refused, whatever the word, and so is one
// whose labels may not be read: nobody knows what it is.
func TestProductionGuard(t *testing.T) {
	forbidden := func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
		return apierrors.NewForbidden(corev1.Resource("namespaces"), "shop", errors.New("no role"))
	}
	for name, test := range map[string]struct {
		labels    map[string]string
		forbidden bool
		meant     bool
		want      string
	}{
		"staging":           {map[string]string{"environment": "staging"}, false, false, ""},
		"prod":              {map[string]string{"environment": "prod"}, false, false, "namespace shop is marked environment=prod"},
		"prd":               {map[string]string{"env": "PRD"}, false, false, "namespace shop is marked env=PRD"},
		"live":              {map[string]string{"app.kubernetes.io/environment": "eu-live"}, false, false, "is marked app.kubernetes.io/environment=eu-live"},
		"may not be read":   {nil, true, false, "its labels cannot be read, so nobody knows whether it is production; grant get on namespaces"},
		"production, meant": {map[string]string{"environment": "prod"}, true, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := fake.NewClientBuilder().WithObjects(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop", Labels: test.labels}})
			if test.forbidden {
				b = b.WithInterceptorFuncs(interceptor.Funcs{Get: forbidden})
			}
			s := onPods()
			if test.meant {
				s.AllowProduction = s.Name
			}
			err := refuseProduction(t.Context(), b.Build(), s)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// A pod of another namespace cannot own faults: Kubernetes would remove them at once.
func TestOwnerInAnotherNamespaceIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		namespace, uid string
		want           string
	}{
		"in the namespace":       {"shop", "u1", ""},
		"in another":             {"ci", "u1", "which is not in namespace shop"},
		"another of its name":    {"shop", "u2", "which is not in namespace shop"},
		"outside of the cluster": {"", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := fake.NewClientBuilder()
			if test.namespace != "" {
				t.Setenv("HARNESS_POD_NAME", "job-x")
				t.Setenv("HARNESS_POD_UID", "u1")
				b = b.WithObjects(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: test.namespace, Name: "job-x", UID: types.UID(test.uid)}})
			}
			owner, err := podOwner(t.Context(), b.Build(), onPods())
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if has := owner != nil; has != (test.want == "" && test.namespace != "") {
				t.Errorf("owner %v", owner)
			}
		})
	}
}
