//go:build kubernetes

package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"example.org/odooharness/internal/testing/eventually"
	"example.org/odooharness/testenv/cluster"
)

// notHere is why there is no cluster with containers.
var notHere = "make e2e-kubernetes brings up the cluster with containers that this takes"

func runOnNode(ctx context.Context, m *testing.M, nodelab string) (code int) {
	state, err := os.MkdirTemp("", "nodelab-*")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	whole, err = cluster.Lab(ctx, nodelab, state)
	switch {
	case errors.Is(err, cluster.ErrNotHere):
		fmt.Fprintln(os.Stderr, "SKIP:", err)
		notHere = err.Error()
		if err := os.RemoveAll(state); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return m.Run()
	case err != nil: // its logs stay; the message has their path
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(state)
	defer func() {
		if err := whole.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}()
	notHere = ""
	return m.Run()
}

// shopOfContainers makes a namespace with the pods of testdata/shop.yaml.
func shopOfContainers(t *testing.T, namespace string) {
	t.Helper()
	if notHere != "" {
		t.Skip(notHere)
	}
	shop(t, whole, namespace)
	raw, err := os.ReadFile("testdata/shop.yaml")
	must(t, err)
	must(t, whole.Apply(t.Context(), namespace, raw))
	ready(t, whole, namespace, 3)
}

// only is the one pod of a component that is not on its way out.
func only(t *testing.T, namespace, component string) corev1.Pod {
	t.Helper()
	var found []corev1.Pod
	var pods corev1.PodList
	must(t, whole.Client.List(t.Context(), &pods, client.InNamespace(namespace), client.MatchingLabels{"app": component}))
	for _, pod := range pods.Items {
		if pod.DeletionTimestamp == nil {
			found = append(found, pod)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%s has %d pods, want 1", component, len(found))
	}
	return found[0]
}

// line is a line of a pod's log, with its time by the clock of the node.
type line struct {
	at   time.Time
	text string
}

// logged are the last lines of the log of a component's only pod, after a moment.
func logged(t *testing.T, namespace, component string, after time.Time) []line {
	t.Helper()
	clientset, err := kubernetes.NewForConfig(whole.Config)
	must(t, err)
	since := metav1.NewTime(after)
	raw, err := clientset.CoreV1().Pods(namespace).GetLogs(only(t, namespace, component).Name, &corev1.PodLogOptions{
		Timestamps: true, SinceTime: &since,
	}).DoRaw(t.Context())
	must(t, err)
	var lines []line
	for _, l := range strings.Split(strings.TrimSpace(string(raw)), "\n") {
		stamp, text, _ := strings.Cut(l, " ")
		at, err := time.Parse(time.RFC3339Nano, stamp)
		if err == nil && at.After(after) {
			lines = append(lines, line{at: at, text: text})
		}
	}
	return lines
}

// logs waits until the last three lines that a component logs from now on agree.
func logs(t *testing.T, namespace, component, what string, holds func(line) bool) {
	t.Helper()
	from := time.Now()
	eventually.Nil(t, 15*time.Second, component+" says that "+what, func() error {
		lines := logged(t, namespace, component, from)
		last := lines[max(0, len(lines)-3):]
		for _, l := range last {
			if !holds(l) {
				return fmt.Errorf("it says %v", last)
			}
		}
		if len(last) < 3 {
			return fmt.Errorf("it says only %v", last)
		}
		return nil
	})
}

// serviceURL is where this machine reaches the web of a namespace, from outside of
// the cluster.
func serviceURL(t *testing.T, namespace string) string {
	t.Helper()
	var service corev1.Service
	must(t, whole.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "web"}, &service))
	return "http://" + service.Spec.ClusterIP
}

// fetch opens a connection, reads a whole page and returns its duration. It gives up after
// a limit: a connection that was opened while there was no pod may hang for minutes.
func fetch(ctx context.Context, url string, limit time.Duration) (took time.Duration, size int64, err error) {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, 0, err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	answer, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	size, err = io.Copy(io.Discard, answer.Body)
	return time.Since(start), size, err
}

// watch fetches a page ten times a second until stop is called. Stop returns how many
// fetches failed, and the last failure.
func watch(t *testing.T, url string) (stop func() (failed int, last error)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var failed int
	var last error
	var done sync.WaitGroup
	done.Go(func() {
		ticker := time.NewTicker(100 * time.Millisecond)
		defer ticker.Stop()
		for {
			_, _, err := fetch(ctx, url, time.Second)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				failed, last = failed+1, err
			}
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
	return func() (int, error) {
		cancel()
		done.Wait()
		return failed, last
	}
}
