package forward

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/apimachinery/pkg/util/httpstream/spdy"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"

	"example.org/odooharness/chaos/mesh"
	"example.org/odooharness/internal/testing/eventually"
)

// api is the part of an API server that forwarding uses: a Service, its pods, and a
// stream to a pod's port, over real sockets.
type api struct {
	t       *testing.T
	ready   atomic.Value // name of the pod that is ready, "" for none
	backend string       // what listens in the pods
	looks   atomic.Int64
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := func(v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			a.t.Error(err)
		}
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/portforward"):
		a.forward(w, r)
	case strings.HasSuffix(r.URL.Path, "/namespaces/shop/services/ingress"):
		answer(&corev1.Service{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}, Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": "ingress"}, ClusterIP: "10.9.8.7",
			Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromString("http")}},
		}})
	case strings.HasSuffix(r.URL.Path, "/namespaces/shop/pods"):
		a.looks.Add(1)
		answer(a.list())
	case r.URL.Path == "/api" || r.URL.Path == "/apis" || r.URL.Path == "/api/v1":
		a.discover(r.URL.Path, answer)
	default:
		http.NotFound(w, r)
	}
}

func (a *api) discover(path string, answer func(any)) {
	switch path {
	case "/api":
		answer(&metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}})
	case "/apis":
		answer(&metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList"}})
	default:
		answer(&metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList"}, GroupVersion: "v1", APIResources: []metav1.APIResource{
			{Name: "pods", Kind: "Pod", Namespaced: true}, {Name: "services", Kind: "Service", Namespaced: true},
		}})
	}
}

func (a *api) list() *corev1.PodList {
	list := &corev1.PodList{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "PodList"}}
	for _, name := range []string{"one", "two"} {
		status := corev1.ConditionFalse
		if name == a.ready.Load() {
			status = corev1.ConditionTrue
		}
		list.Items = append(list.Items, corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop", Labels: map[string]string{"app": "ingress"}},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 8080}}}}},
			Status:     corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: status}}},
		})
	}
	return list
}

// forward does what the kubelet does with the streams of a connection.
func (a *api) forward(w http.ResponseWriter, r *http.Request) {
	pod := strings.Split(r.URL.Path, "/")[6]
	if _, err := httpstream.Handshake(r, w, []string{portforward.PortForwardProtocolV1Name}); err != nil {
		return // WebSocket: the client falls back
	}
	faults := map[string]httpstream.Stream{}
	conn := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(s httpstream.Stream, replied <-chan struct{}) error {
		id := s.Headers().Get(corev1.PortForwardRequestIDHeader)
		if s.Headers().Get(corev1.StreamType) == corev1.StreamTypeError {
			faults[id] = s // both come on one goroutine, this one first
			return nil
		}
		go func(fault httpstream.Stream) {
			<-replied
			defer fault.Close()
			a.serve(s, fault, pod, s.Headers().Get(corev1.PortHeader))
		}(faults[id])
		return nil
	})
	if conn != nil {
		<-conn.CloseChan()
	}
}

func (a *api) serve(data, fault httpstream.Stream, pod, port string) {
	backend, err := net.Dial("tcp", a.backend)
	if err != nil {
		fmt.Fprintf(fault, "nothing listens: %v", err)
		return
	}
	fmt.Fprintf(backend, "%s:%s\n", pod, port)
	go func() {
		io.Copy(backend, data)
		backend.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(data, backend)
	data.Close()
}

// echo listens and sends back what it gets.
func echo(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { io.Copy(c, c); c.Close() }()
		}
	}()
	t.Cleanup(func() { l.Close() }) // closed on purpose by some
	return l
}

func newForwarder(t *testing.T, backend string) (*Forwarder, *api) {
	t.Helper()
	a := &api{t: t, backend: backend}
	a.ready.Store("one")
	server := httptest.NewServer(a)
	config := &rest.Config{Host: server.URL}
	c, err := mesh.Connect(config)
	if err != nil {
		t.Fatal(err)
	}
	f := New(config, c, "shop")
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		server.CloseClientConnections()
		server.Close()
	})
	return f, a
}

// answered returns the pod's first line, and checks that the pod sends a line back.
func answered(t *testing.T, address string) (pod string, err error) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintln(conn, "hello") // the read shows whether it arrived
	lines := bufio.NewReader(conn)
	pod, err = lines.ReadString('\n')
	if err != nil {
		return "", err
	}
	if got, err := lines.ReadString('\n'); got != "hello\n" {
		return "", fmt.Errorf("sent back %q, %w", got, err)
	}
	return strings.TrimSpace(pod), nil
}

// A connection goes to the port that the Service means, of the pod that is ready now;
// with none it is closed; and the listener stays the same.
func TestConnectionsFollowTheReadyPod(t *testing.T) {
	f, a := newForwarder(t, echo(t).Addr().String())
	address, err := f.Address(t.Context(), "ingress:80")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := f.Address(t.Context(), "ingress.shop.svc.cluster.local:80"); err != nil || again != address {
		t.Errorf("the same Service is at %s and %s, %v", address, again, err)
	}
	for _, step := range []struct{ ready, want string }{{"one", "one:8080"}, {"two", "two:8080"}, {"", ""}, {"one", "one:8080"}} {
		a.ready.Store(step.ready)
		eventually.Nil(t, time.Minute, "connections go to "+step.want, func() error {
			got, err := answered(t, address)
			if got != step.want {
				return fmt.Errorf("answered by %q, %w", got, err)
			}
			return nil
		})
	}
}

// Many connections share a tunnel, and a burst of them queries the API server once.
func TestABurstAsksOnce(t *testing.T) {
	f, a := newForwarder(t, echo(t).Addr().String())
	address, err := f.Address(t.Context(), "ingress:80")
	if err != nil {
		t.Fatal(err)
	}
	before, began := a.looks.Load(), time.Now()
	for range 50 {
		if got, err := answered(t, address); got != "one:8080" {
			t.Fatalf("answered by %q, %v", got, err)
		}
	}
	// What a look found holds for lookEvery.
	if looks, most := a.looks.Load()-before, 1+int64(time.Since(began)/lookEvery); looks > most {
		t.Errorf("50 connections asked %d times, want at most %d", looks, most)
	}
}

// A port at which nothing listens closes its connection, and no other.
func TestNothingListens(t *testing.T) {
	backend := echo(t)
	f, _ := newForwarder(t, backend.Addr().String())
	address, err := f.Address(t.Context(), "ingress:80")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := answered(t, address); err != nil {
		t.Fatal(err)
	}
	if err := backend.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := answered(t, address)
	if err == nil {
		t.Errorf("%q answered", got)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection was left open")
	}
}

func TestURLs(t *testing.T) {
	f, _ := newForwarder(t, echo(t).Addr().String())
	got, err := f.URL(t.Context(), "http://ingress.shop/web?x=1")
	if err != nil || !strings.HasPrefix(got, "http://127.0.0.1:") || !strings.HasSuffix(got, "/web?x=1") {
		t.Errorf("got %s, %v", got, err)
	}
	for _, wrong := range []string{"http://other.shop", "http://ingress:81", "ftp://ingress", "ingress"} {
		if got, err := f.URL(t.Context(), wrong); err == nil {
			t.Errorf("%s became %s", wrong, got)
		}
	}
}

func TestServiceAddresses(t *testing.T) {
	f, _ := newForwarder(t, echo(t).Addr().String())
	a := Addresses{Client: f.client, Namespace: "shop"}
	for from, want := range map[string]string{
		"http://ingress/web": "http://10.9.8.7/web", "redis://:x@ingress.shop:6379/0": "redis://:x@10.9.8.7:6379/0",
	} {
		if got, err := a.URL(t.Context(), from); err != nil || got != want {
			t.Errorf("%s is at %s, %v", from, got, err)
		}
	}
	for _, wrong := range []string{"http://other.shop", "ingress"} {
		if got, err := a.URL(t.Context(), wrong); err == nil {
			t.Errorf("%s became %s", wrong, got)
		}
	}
}
