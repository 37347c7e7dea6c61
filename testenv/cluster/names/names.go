// Package names resolves the names of Services for pods, for a cluster too small to run a
// DNS server (https://github.com/kubernetes/dns, docs/specification.md):
//
//		web.shop.svc.cluster.local             the Service's cluster address
//		db.shop.svc.cluster.local              of a headless Service: its ready pods
//		db-0.db.shop.svc.cluster.local         the pod of that hostname behind it
//
//	 1. A question comes in a packet; short names have been completed by the pod's
//	    search list.
//	 2. The answer is read from the API server's objects, which the reader may cache.
//	 3. What is no Service is no name: nothing is asked of the world outside.
package names

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// domain is that of the cluster.
const domain = "cluster.local"

// ttl is how long an answer may be kept, in seconds: a pod that was killed has another
// address when it is back.
const ttl = 1

// Serve answers until the connection is closed.
func Serve(ctx context.Context, conn net.PacketConn, reader client.Reader) error {
	buffer := make([]byte, 1232) // what DNS over UDP keeps to, RFC 9715
	for {
		n, from, err := conn.ReadFrom(buffer)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read a question: %w", err)
		}
		answer, err := respond(ctx, reader, buffer[:n])
		if err != nil {
			continue // no question, no answer
		}
		if _, err := conn.WriteTo(answer, from); err != nil && errors.Is(err, net.ErrClosed) {
			return nil
		}
	}
}

// respond makes the answer to a packet. A packet without a question is an error.
func respond(ctx context.Context, reader client.Reader, packet []byte) ([]byte, error) {
	var parser dnsmessage.Parser
	header, err := parser.Start(packet)
	if err != nil {
		return nil, err
	}
	question, err := parser.Question()
	if err != nil {
		return nil, err
	}
	answer := dnsmessage.Message{
		Header: dnsmessage.Header{
			ID: header.ID, Response: true, Authoritative: true, RecursionDesired: header.RecursionDesired,
		},
		Questions: []dnsmessage.Question{question},
	}
	addresses, err := lookup(ctx, reader, question.Name.String())
	switch {
	case errors.Is(err, errNoName):
		answer.RCode = dnsmessage.RCodeNameError
	case err != nil:
		answer.RCode = dnsmessage.RCodeServerFailure
	case question.Type == dnsmessage.TypeA: // a name without an address of that type has an empty answer
		for _, address := range addresses {
			answer.Answers = append(answer.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: question.Name, Class: dnsmessage.ClassINET, TTL: ttl},
				Body:   &dnsmessage.AResource{A: address.As4()},
			})
		}
	}
	return answer.Pack()
}

// errNoName reports a name that does not exist.
var errNoName = errors.New("no such name")

// lookup finds the IPv4 addresses of a full name.
func lookup(ctx context.Context, reader client.Reader, name string) ([]netip.Addr, error) {
	service, ok := strings.CutSuffix(strings.ToLower(strings.TrimSuffix(name, ".")), ".svc."+domain)
	parts := strings.Split(service, ".")
	if !ok || len(parts) < 2 || len(parts) > 3 {
		return nil, errNoName
	}
	hostname := ""
	if len(parts) == 3 {
		hostname, parts = parts[0], parts[1:]
	}
	var found corev1.Service
	err := reader.Get(ctx, client.ObjectKey{Namespace: parts[1], Name: parts[0]}, &found)
	if apierrors.IsNotFound(err) {
		return nil, errNoName
	}
	if err != nil {
		return nil, err
	}
	if found.Spec.ClusterIP != corev1.ClusterIPNone {
		address, err := netip.ParseAddr(found.Spec.ClusterIP)
		if err != nil || !address.Is4() || hostname != "" {
			return nil, errNoName
		}
		return []netip.Addr{address}, nil
	}
	return behind(ctx, reader, found, hostname)
}

// behind finds the pods of a headless Service, or the one of a hostname.
func behind(ctx context.Context, reader client.Reader, service corev1.Service, hostname string) ([]netip.Addr, error) {
	var slices discoveryv1.EndpointSliceList
	err := reader.List(ctx, &slices, client.InNamespace(service.Namespace),
		client.MatchingLabels{discoveryv1.LabelServiceName: service.Name})
	if err != nil {
		return nil, err
	}
	var addresses []netip.Addr
	for _, slice := range slices.Items {
		for _, endpoint := range slice.Endpoints {
			ready := endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready
			named := hostname == "" || endpoint.Hostname != nil && *endpoint.Hostname == hostname
			if !ready || !named {
				continue
			}
			for _, text := range endpoint.Addresses {
				if address, err := netip.ParseAddr(text); err == nil && address.Is4() {
					addresses = append(addresses, address)
				}
			}
		}
	}
	if len(addresses) == 0 {
		return nil, errNoName
	}
	return addresses, nil
}
