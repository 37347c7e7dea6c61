package names

import (
	"context"
	"errors"
	"net"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

func meta(name string, labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: labels}
}

// The resolver of Go's library queries over a real socket.
func TestNames(t *testing.T) {
	yes, no, first, second := true, false, "db-0", "db-1"
	reader := fake.NewClientBuilder().WithObjects(
		&corev1.Service{ObjectMeta: meta("web", nil), Spec: corev1.ServiceSpec{ClusterIP: "10.97.0.7"}},
		&corev1.Service{ObjectMeta: meta("db", nil), Spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone}},
		&discoveryv1.EndpointSlice{
			ObjectMeta: meta("db-1", map[string]string{discoveryv1.LabelServiceName: "db"}),
			Endpoints: []discoveryv1.Endpoint{
				{Addresses: []string{"10.99.0.4"}, Hostname: &first, Conditions: discoveryv1.EndpointConditions{Ready: &yes}},
				{Addresses: []string{"10.99.0.5"}, Hostname: &second},
				{Addresses: []string{"10.99.0.6"}, Conditions: discoveryv1.EndpointConditions{Ready: &no}},
			},
		},
	).Build()
	conn, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- Serve(t.Context(), conn, reader) }()
	t.Cleanup(func() {
		if err := errors.Join(conn.Close(), <-ended); err != nil {
			t.Error(err)
		}
	})
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	for name, want := range map[string][]string{
		"web.shop.svc.cluster.local.":       {"10.97.0.7"},
		"WEB.shop.svc.cluster.local.":       {"10.97.0.7"},
		"db.shop.svc.cluster.local.":        {"10.99.0.4", "10.99.0.5"},
		"db-1.db.shop.svc.cluster.local.":   {"10.99.0.5"},
		"db-2.db.shop.svc.cluster.local.":   nil,
		"web-0.web.shop.svc.cluster.local.": nil,
		"web.other.svc.cluster.local.":      nil,
		"web.shop.":                         nil,
		"example.org.":                      nil,
	} {
		got, err := resolver.LookupHost(t.Context(), name)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v (%v), want %v", name, got, err, want)
		}
		var unknown *net.DNSError
		if want == nil && (!errors.As(err, &unknown) || !unknown.IsNotFound) {
			t.Errorf("%s: got %v, want no such host", name, err)
		}
	}
}

func FuzzServe(f *testing.F) {
	f.Add([]byte("no question"))
	f.Add([]byte("\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03web\x04shop\x03svc\x07cluster\x05local\x00\x00\x01\x00\x01"))
	reader := fake.NewClientBuilder().Build()
	f.Fuzz(func(t *testing.T, packet []byte) {
		answer, err := respond(t.Context(), reader, packet)
		if err == nil && len(answer) < 12 {
			t.Errorf("an answer of %d bytes has no header", len(answer))
		}
	})
}
