package daemon

import (
	"context"

	dnspb "github.com/chaos-mesh/k8s_dns_chaos/pb"
	"google.golang.org/protobuf/protoadapt"
)

// Names replaces Chaos Mesh's name server. It records, in the file of the daemon, which
// names it would answer wrongly.
type Names struct{ Daemon *Daemon }

// SetDNSChaos records.
func (n Names) SetDNSChaos(_ context.Context, r *dnspb.SetDNSChaosRequest) (*dnspb.DNSChaosResponse, error) {
	return &dnspb.DNSChaosResponse{Result: true}, n.Daemon.note("SetDNSChaos", protoadapt.MessageV2Of(r), nil)
}

// CancelDNSChaos records.
func (n Names) CancelDNSChaos(_ context.Context, r *dnspb.CancelDNSChaosRequest) (*dnspb.DNSChaosResponse, error) {
	return &dnspb.DNSChaosResponse{Result: true}, n.Daemon.note("CancelDNSChaos", protoadapt.MessageV2Of(r), nil)
}
