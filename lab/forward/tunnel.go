package forward

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
)

// tunnel is a connection to one pod, which carries many streams.
type tunnel struct {
	conn     httpstream.Connection
	requests atomic.Int64
}

// dialPod speaks SPDY within a WebSocket, as kubectl does, and plain SPDY to API
// servers and proxies that do not know that.
func dialPod(config *rest.Config, namespace, pod string) (*tunnel, error) {
	config = rest.CopyConfig(config)
	config.GroupVersion, config.APIPath = &corev1.SchemeGroupVersion, "/api"
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	c, err := rest.RESTClientFor(config)
	if err != nil {
		return nil, err
	}
	at := c.Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	tunneling, err := portforward.NewSPDYOverWebsocketDialer(at, config)
	if err != nil {
		return nil, err
	}
	plain := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, at)
	dialer := portforward.NewFallbackDialer(tunneling, plain, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
	conn, protocol, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		return nil, err
	}
	if protocol != portforward.PortForwardProtocolV1Name {
		_ = conn.Close() // the error below is the cause
		return nil, fmt.Errorf("the API server speaks %q", protocol)
	}
	return &tunnel{conn: conn}, nil
}

func (t *tunnel) alive() bool {
	select {
	case <-t.conn.CloseChan():
		return false
	default:
		return true
	}
}

func (t *tunnel) close() { _ = t.conn.Close() } // no stream uses it any more

// stream is one connection to a port of the pod: data, and errors of the kubelet.
type stream struct {
	tunnel      *tunnel
	data, fault httpstream.Stream
	heard       chan struct{} // closed when the fault stream has ended
}

func (t *tunnel) open(port int32) (*stream, error) {
	headers := http.Header{}
	headers.Set(corev1.PortHeader, strconv.Itoa(int(port)))
	headers.Set(corev1.PortForwardRequestIDHeader, strconv.FormatInt(t.requests.Add(1), 10))
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	fault, err := t.conn.CreateStream(headers)
	if err != nil {
		return nil, err
	}
	_ = fault.Close() // nothing is written to it
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := t.conn.CreateStream(headers)
	if err != nil {
		t.conn.RemoveStreams(fault)
		return nil, err
	}
	s := &stream{tunnel: t, data: data, fault: fault, heard: make(chan struct{})}
	go func() {
		defer close(s.heard)
		// An error of the kubelet ends the stream: nothing listens at the port.
		if said, err := io.ReadAll(fault); err != nil || len(said) > 0 {
			_ = data.Reset() // it is over
		}
	}()
	return s, nil
}

func (s *stream) close() {
	_ = s.data.Close()  // Reset is what counts
	_ = s.data.Reset()  // discards what was not sent, which would hold up other streams
	_ = s.fault.Reset() // ends its reader
	<-s.heard
	s.tunnel.conn.RemoveStreams(s.data, s.fault)
}
