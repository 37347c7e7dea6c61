package node

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// status is what a kubelet would report of the pod. Times of transitions are left
// out: nothing here reads them, and a status that changes with the clock would be
// written for ever.
func (p *pod) status() corev1.PodStatus {
	s := corev1.PodStatus{
		Phase: p.phase(), HostIP: p.node.Address, PodIP: p.node.Address,
		PodIPs: []corev1.PodIP{{IP: p.node.Address}}, StartTime: &p.spec.CreationTimestamp,
	}
	ready := s.Phase == corev1.PodRunning
	for i, c := range p.containers {
		s.ContainerStatuses = append(s.ContainerStatuses, c.status(p.spec.Spec.Containers[i]))
		ready = ready && c.ready
	}
	condition := func(kind corev1.PodConditionType, holds bool) {
		value := corev1.ConditionFalse
		if holds {
			value = corev1.ConditionTrue
		}
		s.Conditions = append(s.Conditions, corev1.PodCondition{Type: kind, Status: value})
	}
	condition(corev1.PodScheduled, true)
	condition(corev1.PodInitialized, true)
	condition(corev1.ContainersReady, ready)
	condition(corev1.PodReady, ready)
	return s
}

// phase follows the kubelet's rules for pods without init containers.
func (p *pod) phase() corev1.PodPhase {
	running, failed, over := 0, 0, 0
	for _, c := range p.containers {
		switch {
		case c.cmd != nil || !c.due.IsZero() && c.last != nil:
			running++
		case c.last != nil && c.due.IsZero():
			over++
			if c.last.ExitCode != 0 {
				failed++
			}
		}
	}
	switch {
	case running > 0:
		return corev1.PodRunning
	case over == len(p.containers) && failed > 0:
		return corev1.PodFailed
	case over == len(p.containers):
		return corev1.PodSucceeded
	}
	return corev1.PodPending
}

// probe performs a readiness probe on this machine's loopback, where pods listen.
func probe(ctx context.Context, p corev1.Probe) bool {
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	switch {
	case p.TCPSocket != nil:
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(p.TCPSocket.Port.IntValue()))
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return false
		}
		closeAll(conn)
		return true
	case p.HTTPGet != nil:
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(p.HTTPGet.Port.IntValue()))
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+p.HTTPGet.Path, nil)
		if err != nil {
			return false
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			return false
		}
		closeAll(answer.Body)
		return answer.StatusCode < http.StatusBadRequest
	}
	return true
}
