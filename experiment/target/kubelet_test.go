package target

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"example.org/odooharness/chaos"
	"example.org/odooharness/chaos/mesh"
)

// A component has what its own pods have used, and the kubelet is queried once for all.
func TestKubeletsTellComponentsApart(t *testing.T) {
	pages := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		pages++
		if want := "/api/v1/nodes/here/proxy/metrics/cadvisor"; r.URL.Path != want {
			t.Errorf("asked for %s, want %s", r.URL.Path, want)
		}
		for _, pod := range []string{`namespace="shop",pod="odoo"`, `namespace="shop",pod="redis"`, `namespace="bank",pod="odoo"`} {
			fmt.Fprintf(w, "container_memory_working_set_bytes{container=\"main\",%s} 7\n", pod) // the answer is compared
		}
	}))
	t.Cleanup(server.Close)
	pods := fake.NewClientBuilder()
	for _, at := range []client.ObjectKey{{Namespace: "shop", Name: "odoo"}, {Namespace: "shop", Name: "redis"}, {Namespace: "bank", Name: "odoo"}} {
		pods.WithObjects(&corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: at.Namespace, Name: at.Name, Labels: map[string]string{"app": at.Name}},
			Spec:       corev1.PodSpec{NodeName: "here"},
		})
	}
	config := &rest.Config{Host: server.URL, APIPath: "/api"}
	config.GroupVersion, config.NegotiatedSerializer = &corev1.SchemeGroupVersion, scheme.Codecs.WithoutConversion()
	way, err := rest.RESTClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	k := &kubelets{client: pods.Build(), rest: way, namespaces: []string{"shop", "bank"}}
	for app, want := range map[string]int{"odoo": 1, "redis": 1, "": 0} {
		c := mesh.Component{}
		if app != "" {
			c.Component = chaos.Component{Labels: map[string]string{"app": app}}
		}
		found, err := k.of(t.Context(), c, []string{"shop"})
		if err != nil || len(found) != want || want == 1 && found["shop/"+app].Memory != 7 {
			t.Errorf("component %q: %v, %v; want %d pod of shop with 7 bytes", app, found, err, want)
		}
	}
	if pages != 1 {
		t.Errorf("the kubelet was asked %d times, want once", pages)
	}
}
