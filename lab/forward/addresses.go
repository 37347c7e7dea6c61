package forward

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Addresses reaches Services by their cluster addresses, for machines to which those
// are routed while their names are not known there.
type Addresses struct {
	Client    client.Client
	Namespace string // of names without one
}

// URL is the same with the Service's address in the place of its name.
func (a Addresses) URL(ctx context.Context, text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return "", errors.New("forward: it is no URL with a host")
	}
	name, namespace := split(u.Hostname(), a.Namespace)
	var s corev1.Service
	if err := a.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &s); err != nil {
		return "", fmt.Errorf("look up Service %s in namespace %s: %w", name, namespace, err)
	}
	if net.ParseIP(s.Spec.ClusterIP) == nil {
		return "", fmt.Errorf("the Service %s in namespace %s has no address of its own", name, namespace)
	}
	port := u.Port()
	u.Host = s.Spec.ClusterIP
	if port != "" {
		u.Host = net.JoinHostPort(s.Spec.ClusterIP, port)
	}
	return u.String(), nil
}

// Close has nothing to close.
func (Addresses) Close() error { return nil }
