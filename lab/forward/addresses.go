package forward

import (
	"context"
	"fmt"
	"net"

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
	u, err := parse(text)
	if err != nil {
		return "", err
	}
	name, namespace := split(u.Hostname(), a.Namespace)
	s, err := lookUp(ctx, a.Client, namespace, name)
	if err != nil {
		return "", err
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
