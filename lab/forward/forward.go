package forward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Forwarder owns the listeners and the connections to pods.
type Forwarder struct {
	config    *rest.Config
	client    client.Client
	namespace string // of names without one

	ctx    context.Context // the life of the listeners
	cancel context.CancelFunc
	serve  sync.WaitGroup

	mu   sync.Mutex
	open map[string]net.Listener // by service and port
	pods map[string]*tunnel      // by namespace and pod
}

// New returns a forwarder. Names of Services without a namespace are of this one.
func New(config *rest.Config, c client.Client, namespace string) *Forwarder {
	ctx, cancel := context.WithCancel(context.Background())
	return &Forwarder{config: config, client: c, namespace: namespace, ctx: ctx, cancel: cancel,
		open: map[string]net.Listener{}, pods: map[string]*tunnel{}}
}

// URL is an address with a scheme (http, postgres, redis) as it is reached from here.
func (f *Forwarder) URL(ctx context.Context, text string) (string, error) {
	u, err := parse(text)
	if err != nil {
		return "", err
	}
	host := u.Host
	if u.Port() == "" {
		port, ok := map[string]string{"http": "80", "https": "443", "postgres": "5432", "postgresql": "5432", "redis": "6379"}[u.Scheme]
		if !ok {
			return "", fmt.Errorf("forward: %s names no port", host)
		}
		host = net.JoinHostPort(host, port)
	}
	if u.Host, err = f.Address(ctx, host); err != nil {
		return "", err
	}
	return u.String(), nil
}

// parse leaves the text out of its error: it may hold a password.
func parse(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return nil, errors.New("forward: it is no URL with a host")
	}
	return u, nil
}

// Address is the local host:port for service:port, service.namespace:port, or the same
// with what else cluster names end in.
func (f *Forwarder) Address(ctx context.Context, hostPort string) (string, error) {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil {
		return "", fmt.Errorf("forward: %w", err)
	}
	number, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		return "", fmt.Errorf("forward: port %s: %w", port, err)
	}
	s := service{port: int32(number)}
	s.name, s.namespace = split(host, f.namespace)
	f.mu.Lock()
	defer f.mu.Unlock()
	if l, ok := f.open[s.String()]; ok {
		return l.Addr().String(), nil
	}
	if _, _, err := s.ready(ctx, f.client); err != nil && !errors.Is(err, errNoneReady) {
		return "", fmt.Errorf("forward: %w", err)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("forward %s: %w", s, err)
	}
	f.open[s.String()] = l
	f.serve.Go(func() { f.accept(l, s) })
	return l.Addr().String(), nil
}

// split cuts a Service's name within a cluster: name[.namespace[.svc…]].
func split(host, here string) (name, namespace string) {
	labels := strings.Split(host, ".")
	if len(labels) > 1 {
		return labels[0], labels[1]
	}
	return labels[0], here
}

// Close ends all listeners and connections and waits for them.
func (f *Forwarder) Close() error {
	f.cancel()
	f.mu.Lock()
	var problems []error
	for _, l := range f.open {
		problems = append(problems, l.Close())
	}
	for _, t := range f.pods {
		t.close()
	}
	f.mu.Unlock()
	f.serve.Wait()
	return errors.Join(problems...)
}

func (f *Forwarder) accept(l net.Listener, s service) {
	backends := &backends{service: s, client: f.client}
	for {
		conn, err := l.Accept()
		if err != nil {
			return // closed
		}
		f.serve.Go(func() {
			defer conn.Close()
			stop := context.AfterFunc(f.ctx, func() { _ = conn.Close() }) // the copying reports its end
			defer stop()
			stream, err := f.dial(backends)
			if err != nil {
				return // the client sees its connection closed
			}
			pipe(conn, stream)
		})
	}
}

// dial opens a stream to a pod that is ready now. A tunnel whose pod has ended fails
// at once: the next try looks for a pod again.
func (f *Forwarder) dial(b *backends) (*stream, error) {
	var problems []error
	for range 2 {
		pod, port, err := b.pick(f.ctx)
		if err != nil {
			return nil, err
		}
		t, err := f.tunnel(b.service.namespace, pod)
		if err == nil {
			var s *stream
			if s, err = t.open(port); err == nil {
				return s, nil
			}
			f.drop(b.service.namespace, pod, t)
		}
		problems = append(problems, err)
		b.forget()
	}
	return nil, errors.Join(problems...)
}

func (f *Forwarder) tunnel(namespace, pod string) (*tunnel, error) {
	key := namespace + "/" + pod
	f.mu.Lock()
	t, ok := f.pods[key]
	f.mu.Unlock()
	if ok && t.alive() {
		return t, nil
	}
	t, err := dialPod(f.config, namespace, pod)
	if err != nil {
		return nil, fmt.Errorf("forward to pod %s: %w", key, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ctx.Err() != nil {
		t.close()
		return nil, f.ctx.Err()
	}
	if other, ok := f.pods[key]; ok && other.alive() { // two connections at once
		t.close()
		return other, nil
	}
	f.pods[key] = t
	return t, nil
}

func (f *Forwarder) drop(namespace, pod string, t *tunnel) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if key := namespace + "/" + pod; f.pods[key] == t {
		delete(f.pods, key)
	}
	t.close()
}

// pipe copies both ways until one of them ends: HTTP and the databases' protocols
// have no use for a connection that is half closed.
func pipe(conn net.Conn, s *stream) {
	done := make(chan struct{}, 2)
	for _, way := range []struct {
		to   io.Writer
		from io.Reader
	}{{conn, s.data}, {s.data, conn}} {
		go func() {
			_, _ = io.Copy(way.to, way.from) // the end of either side ends both
			done <- struct{}{}
		}()
	}
	<-done
	_ = conn.Close() // wakes the copying that still waits
	s.close()
	<-done
}
