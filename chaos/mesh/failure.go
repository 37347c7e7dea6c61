package mesh

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// failure is why a request to the cluster failed, as a person has to act on it.
type failure struct {
	what   string // failed, in one sentence
	remedy string
}

// causeOf distinguishes the causes of a failed request. It is nil for an answer that is
// clear by itself.
func causeOf(err error, host string) *failure {
	var transport *url.Error
	var network net.Error
	switch {
	case err == nil:
		return nil
	case apierrors.IsUnauthorized(err):
		return &failure{"the API server at " + host + " refuses the credentials (401)",
			"their token has expired or was revoked; renew the kubeconfig or the ServiceAccount's token"}
	case strings.Contains(err.Error(), "failed calling webhook"):
		return &failure{"Chaos Mesh's controller does not answer the API server",
			"look at the pods of chaos-controller-manager"}
	case apierrors.IsForbidden(err) && !strings.Contains(err.Error(), "denied the request"):
		return &failure{"the account is not permitted to do this (403)", "harness init --rbac writes the roles"}
	case apierrors.IsServiceUnavailable(err), apierrors.IsInternalError(err), apierrors.IsServerTimeout(err),
		apierrors.IsTooManyRequests(err):
		return &failure{"the API server at " + host + " is unavailable", "look at the control plane"}
	case errors.Is(err, context.Canceled):
		return nil
	case errors.As(err, &transport), errors.As(err, &network):
		return &failure{"the API server at " + host + " does not answer", "look at the control plane and the network to it"}
	}
	return nil
}

// named is a client whose errors begin with the cause. They wrap what the API server
// answered.
type named struct {
	client.Client
	host string
}

func (n named) name(err error) error {
	cause := causeOf(err, n.host)
	if cause == nil {
		return err
	}
	return fmt.Errorf("%s; %s: %w", cause.what, cause.remedy, err)
}

func (n named) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	return n.name(n.Client.Get(ctx, key, o, opts...))
}

func (n named) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	return n.name(n.Client.List(ctx, list, opts...))
}

func (n named) Create(ctx context.Context, o client.Object, opts ...client.CreateOption) error {
	return n.name(n.Client.Create(ctx, o, opts...))
}

func (n named) Update(ctx context.Context, o client.Object, opts ...client.UpdateOption) error {
	return n.name(n.Client.Update(ctx, o, opts...))
}

func (n named) Patch(ctx context.Context, o client.Object, p client.Patch, opts ...client.PatchOption) error {
	return n.name(n.Client.Patch(ctx, o, p, opts...))
}

func (n named) Delete(ctx context.Context, o client.Object, opts ...client.DeleteOption) error {
	return n.name(n.Client.Delete(ctx, o, opts...))
}

// stays states what becomes of a resource that could not be deleted, by the first refusal.
func stays(first error) string {
	const sweep = "then run harness doctor --setup FILE --sweep"
	switch {
	case first == nil:
		return "Chaos Mesh has not reverted it yet; look at the pods of chaos-controller-manager, " +
			"and at chaos-daemon on the pods' nodes"
	case apierrors.IsUnauthorized(first):
		return "Chaos Mesh ends it by its duration; renew the credentials, " + sweep
	case strings.Contains(first.Error(), "failed calling webhook"):
		return "it ends when Chaos Mesh's controller is back, or by harness doctor --setup FILE --sweep"
	case apierrors.IsForbidden(first):
		return "Chaos Mesh ends it by its duration; grant the roles of harness init --rbac, " + sweep
	}
	return "Chaos Mesh ends it by its duration; when the API server is back, " + strings.TrimPrefix(sweep, "then ")
}
