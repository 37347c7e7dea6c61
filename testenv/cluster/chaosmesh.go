//go:build kubernetes

package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// webhookFiles are where the controller serves its webhooks, and by which
// certificate. They stay the same over restarts of the controller.
type webhookFiles struct {
	dir     string
	port    int
	metrics int
	ca      []byte
}

// InstallWebhooks registers Chaos Mesh's webhooks with the API server, as its chart
// does, but at an address of loopback instead of a Service.
func (c *Cluster) InstallWebhooks(ctx context.Context) error {
	if err := c.prepareWebhook(); err != nil {
		return fmt.Errorf("prepare the webhooks: %w", err)
	}
	mutating := &admissionv1.MutatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "chaos-mesh-mutation"}}
	validating := &admissionv1.ValidatingWebhookConfiguration{ObjectMeta: metav1.ObjectMeta{Name: "chaos-mesh-validation"}}
	fail, none, seconds := admissionv1.Fail, admissionv1.SideEffectClassNone, int32(5)
	for kind, resource := range map[string]string{
		"podchaos": "podchaos", "networkchaos": "networkchaos", "stresschaos": "stresschaos", "iochaos": "iochaos",
		"httpchaos": "httpchaos", "dnschaos": "dnschaos", "timechaos": "timechaos",
		"schedule": "schedules", "workflow": "workflows",
	} {
		mutating.Webhooks = append(mutating.Webhooks, admissionv1.MutatingWebhook{
			Name: "m" + kind + ".kb.io", ClientConfig: c.hook("/mutate-chaos-mesh-org-v1alpha1-" + kind),
			Rules: rules(resource), FailurePolicy: &fail, SideEffects: &none, TimeoutSeconds: &seconds,
			AdmissionReviewVersions: []string{"v1"},
		})
		validating.Webhooks = append(validating.Webhooks, admissionv1.ValidatingWebhook{
			Name: "v" + kind + ".kb.io", ClientConfig: c.hook("/validate-chaos-mesh-org-v1alpha1-" + kind),
			Rules: rules(resource), FailurePolicy: &fail, SideEffects: &none, TimeoutSeconds: &seconds,
			AdmissionReviewVersions: []string{"v1"},
		})
	}
	validating.Webhooks = append(validating.Webhooks, admissionv1.ValidatingWebhook{
		Name: "vauth.kb.io", ClientConfig: c.hook("/validate-auth"), Rules: rules("*"),
		FailurePolicy: &fail, SideEffects: &none, TimeoutSeconds: &seconds, AdmissionReviewVersions: []string{"v1"},
	})
	if err := c.Client.Create(ctx, mutating); err != nil {
		return fmt.Errorf("register webhooks: %w", err)
	}
	if err := c.Client.Create(ctx, validating); err != nil {
		return fmt.Errorf("register webhooks: %w", err)
	}
	return nil
}

func (c *Cluster) hook(path string) admissionv1.WebhookClientConfig {
	url := "https://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(c.webhook.port)) + path
	return admissionv1.WebhookClientConfig{URL: &url, CABundle: c.webhook.ca}
}

func rules(resource string) []admissionv1.RuleWithOperations {
	return []admissionv1.RuleWithOperations{{
		Operations: []admissionv1.OperationType{admissionv1.Create, admissionv1.Update},
		Rule: admissionv1.Rule{
			APIGroups: []string{"chaos-mesh.org"}, APIVersions: []string{"v1alpha1"}, Resources: []string{resource},
		},
	}}
}

// prepareWebhook takes ports, and makes the certificate.
func (c *Cluster) prepareWebhook() (err error) {
	c.webhook.dir = filepath.Join(c.Dir, "webhook")
	if c.webhook.port, err = FreePort("127.0.0.1"); err != nil {
		return err
	}
	if c.webhook.metrics, err = FreePort("127.0.0.1"); err != nil {
		return err
	}
	c.webhook.ca, err = certificate(c.webhook.dir, "tls", pkix.Name{CommonName: "chaos-mesh"}, net.IPv4(127, 0, 0, 1))
	return err
}

// StartController starts Chaos Mesh's controller manager and waits until its
// webhooks answer.
func (c *Cluster) StartController(ctx context.Context) error {
	if c.daemon == 0 {
		var err error
		if c.daemon, err = FreePort(c.Address); err != nil {
			return err
		}
	}
	env := []string{
		"KUBECONFIG=" + c.Kubeconfig, "NAMESPACE=" + MeshNamespace, "CERTS_DIR=" + c.webhook.dir,
		"WEBHOOK_HOST=127.0.0.1", "WEBHOOK_PORT=" + strconv.Itoa(c.webhook.port),
		"METRICS_HOST=127.0.0.1", "METRICS_PORT=" + strconv.Itoa(c.webhook.metrics),
		"ENABLE_LEADER_ELECTION=false", "ALLOW_HOST_NETWORK_TESTING=true", "CHAOSD_SECURITY_MODE=false", "SECURITY_MODE=true",
		"RPC_TIMEOUT=5s", "POD_FAILURE_PAUSE_IMAGE=" + c.pause, "QPS=200", "BURST=400",
		"CHAOS_DAEMON_SERVICE_PORT=" + strconv.Itoa(c.daemon),
		"CHAOS_DNS_SERVICE_NAME=chaos-mesh-dns-server", "CHAOS_DNS_SERVICE_PORT=" + strconv.Itoa(c.daemon),
	}
	if err := c.start(ctx, "chaos-controller", "chaos-controller", nil, env); err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(c.webhook.ca)
	dialer := &tls.Dialer{Config: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(c.webhook.port))
	return c.until(ctx, "Chaos Mesh's webhooks answer", func(ctx context.Context) error {
		if !c.Running("chaos-controller") {
			return fmt.Errorf("it has ended: %s", c.Tail("chaos-controller"))
		}
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
}

// StartDaemon starts the recording daemon and publishes its address to the controllers.
func (c *Cluster) StartDaemon(ctx context.Context) error {
	address := net.JoinHostPort(c.Address, strconv.Itoa(c.daemon))
	err := c.start(ctx, "recording-daemon", "recording-daemon",
		[]string{"-listen", address, "-record", c.recorded, "-trap", c.trap()}, nil)
	if err != nil {
		return err
	}
	return c.announceDaemon(ctx)
}

// announceDaemon waits for the daemon and publishes its address to the controllers.
func (c *Cluster) announceDaemon(ctx context.Context) error {
	address := net.JoinHostPort(c.Address, strconv.Itoa(c.daemon))
	err := c.until(ctx, "the daemon listens", func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	})
	if err != nil {
		return err
	}
	name, ready, port, protocol := NodeName, true, int32(c.daemon), "grpc" // a port fits
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Name: "chaos-daemon-test", Namespace: MeshNamespace,
			Labels: map[string]string{"kubernetes.io/service-name": "chaos-daemon"},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints: []discoveryv1.Endpoint{{
			Addresses: []string{c.Address}, NodeName: &name, Conditions: discoveryv1.EndpointConditions{Ready: &ready},
		}},
		Ports: []discoveryv1.EndpointPort{{Name: &protocol, Port: &port}},
	}
	if err := c.Client.Create(ctx, slice); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("publish the address of the daemon: %w", err)
	}
	return nil
}

// RemoveDaemon ends the daemon, and the controllers no longer find one on the node.
func (c *Cluster) RemoveDaemon(ctx context.Context) error {
	if err := c.Kill("recording-daemon"); err != nil {
		return err
	}
	return c.Client.Delete(ctx, &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Name: "chaos-daemon-test", Namespace: MeshNamespace},
	})
}

// Tail is the end of a part's log, for messages.
func (c *Cluster) Tail(name string) string {
	raw, err := os.ReadFile(filepath.Join(c.Dir, name+".log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "\n")
}
