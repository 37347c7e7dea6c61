//go:build kubernetes

package cluster

import (
	"bytes"
	"context"
	"crypto/x509/pkix"
	"embed"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"text/template"

	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"example.org/odooharness/testenv/cluster/names"
)

// configs are the configurations of a machine's parts.
//
//go:embed machine
var configs embed.FS

// Machine is where a cluster with containers runs: namespaces of its own, as package
// nodelab makes them. Within these its parts may do as they would on a node.
type Machine struct {
	Dir      string // of state and logs
	Bin      string // programs of testenv
	Plugins  string // folder of the container network's plugins
	Address  string // of the node
	Services string // addresses of Services
	Pods     string // addresses of pods
}

// Socket is where the container runtime listens.
func (m *Machine) Socket() string { return "/run/containerd/containerd.sock" }

// Pause is the image of a container that does nothing.
func (m *Machine) Pause() string { return "lab.local/pause:1" }

// StartOn brings up a cluster whose node runs containers, with all of Chaos Mesh:
//
//	etcd, API server ─> controllers, scheduler, names
//	containerd ─> images ─> kubelet, kube-proxy ─> node ready
//	kinds ─> webhooks ─> Chaos Mesh's controllers and its daemon
//
// On an error nothing is taken down: the owner of the machine ends all of it.
func StartOn(ctx context.Context, m *Machine, images []Image) (*Cluster, error) {
	c := &Cluster{
		Address: m.Address, Dir: m.Dir, bin: m.Bin, parts: map[string]*part{}, pause: m.Pause(), machine: m,
	}
	if err := c.controlPlane(); err != nil {
		return nil, err
	}
	// The certificate of the API server is its own authority. Pods get it with their tokens.
	if err := c.controllers(ctx, "--root-ca-file", filepath.Join(m.Dir, "apiserver", "apiserver.crt")); err != nil {
		return nil, err
	}
	if err := errors.Join(c.serveNames(ctx), c.startContainerd(ctx)); err != nil {
		return nil, err
	}
	for _, image := range images {
		if err := m.Import(ctx, image); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(c.startKubelet(ctx), c.startProxy(ctx)); err != nil {
		return nil, err
	}
	if err := c.untilNode(ctx); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{
		c.InstallKinds, c.InstallWebhooks, c.StartController, c.startRealDaemon,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// serveNodes makes the API server serve nodes and pods, too: at an address that they
// reach, with ServiceAccounts, and with the credentials to read logs from a kubelet.
func (m *Machine) serveNodes(server *envtest.APIServer) error {
	host, network, err := net.ParseCIDR(m.Services)
	if err != nil {
		return err
	}
	first := host.Mask(network.Mask).To4()
	first[3]++ // of the range: the Service named kubernetes
	server.CertDir = filepath.Join(m.Dir, "apiserver")
	addresses := []net.IP{net.ParseIP(m.Address), net.IPv4(127, 0, 0, 1), first}
	server.CA, err = certificate(server.CertDir, "apiserver", pkix.Name{CommonName: "kube-apiserver"}, addresses...)
	if err != nil {
		return fmt.Errorf("make the API server's certificate: %w", err)
	}
	if _, err := certificate(server.CertDir, "sa-signer", pkix.Name{CommonName: "tokens"}); err != nil {
		return fmt.Errorf("make the key of tokens: %w", err)
	}
	if _, err := certificate(m.Dir, "kubelet-client", pkix.Name{CommonName: "kube-apiserver"}); err != nil {
		return fmt.Errorf("make the certificate for the kubelet: %w", err)
	}
	server.Address, server.Port = m.Address, "6443"
	server.Configure().
		Set("service-cluster-ip-range", m.Services).
		Set("advertise-address", m.Address).
		Set("authorization-mode", "Node,RBAC").
		Set("kubelet-client-certificate", filepath.Join(m.Dir, "kubelet-client.crt")).
		Set("kubelet-client-key", filepath.Join(m.Dir, "kubelet-client.key")).
		Set("kubelet-preferred-address-types", "InternalIP").
		Disable("disable-admission-plugins")
	return nil
}

// serveNames resolves the names of Services for pods, on the node's address.
func (c *Cluster) serveNames(ctx context.Context) error {
	known, err := cache.New(c.Config, cache.Options{Scheme: c.Client.Scheme()})
	if err != nil {
		return err
	}
	conn, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", net.JoinHostPort(c.Address, "53"))
	if err != nil {
		return fmt.Errorf("listen for questions for names: %w", err)
	}
	// Both end with this process, as the parts do.
	go func() { _ = known.Start(ctx) }()
	go func() { _ = names.Serve(ctx, conn, known) }()
	return nil
}

// startContainerd starts the container runtime and waits until it answers.
func (c *Cluster) startContainerd(ctx context.Context) error {
	config, err := c.machine.write("containerd.toml", ".")
	if err != nil {
		return err
	}
	// The runtime needs the configuration of the network when it starts.
	if _, err := c.machine.write("pods.conflist", "cni"); err != nil {
		return err
	}
	program, err := exec.LookPath("containerd")
	if err != nil {
		return err
	}
	if err := c.start(ctx, "containerd", program, []string{"--config", config}, nil); err != nil {
		return err
	}
	return c.until(ctx, "containerd answers", func(ctx context.Context) error {
		return c.machine.ctr(ctx, nil, "version")
	})
}

func (c *Cluster) startKubelet(ctx context.Context) error {
	config, err := c.machine.write("kubelet.yaml", ".")
	if err != nil {
		return err
	}
	kubeconfig, err := c.user("kubelet.kubeconfig", "system:node:"+NodeName, "system:nodes")
	if err != nil {
		return err
	}
	return c.start(ctx, "kubelet", "kubenode", []string{
		"kubelet", "--config", config, "--kubeconfig", kubeconfig, "--hostname-override", NodeName, "--node-ip", c.Address,
		"--cert-dir", filepath.Join(c.Dir, "kubelet-certificates"),
	}, nil)
}

func (c *Cluster) startProxy(ctx context.Context) error {
	kubeconfig, err := c.user("kube-proxy.kubeconfig", "system:kube-proxy")
	if err != nil {
		return err
	}
	return c.start(ctx, "kube-proxy", "kubenode", []string{
		"kube-proxy", "--kubeconfig", kubeconfig, "--hostname-override", NodeName, "--proxy-mode", "iptables",
		"--cluster-cidr", c.machine.Pods,
		"--conntrack-max-per-core", "0", "--conntrack-tcp-timeout-established", "0", "--conntrack-tcp-timeout-close-wait", "0",
	}, nil)
}

// startRealDaemon starts Chaos Mesh's own daemon and publishes its address to the
// controllers. It restarts the daemon when it dies, as a kubelet does.
func (c *Cluster) startRealDaemon(ctx context.Context) error {
	http, err := FreePort(c.Address)
	if err != nil {
		return err
	}
	err = c.start(ctx, "chaos-daemon", "/bin/sh", []string{
		"-c", `while :; do "$0" "$@"; sleep 1; done`, filepath.Join(c.bin, "chaos-daemon"),
		"--runtime", "containerd", "--runtime-socket-path", c.machine.Socket(),
		"--grpc-port", strconv.Itoa(c.daemon), "--http-port", strconv.Itoa(http),
	}, nil)
	if err != nil {
		return err
	}
	return c.announceDaemon(ctx)
}

// write fills in a configuration, into a folder below the machine's.
func (m *Machine) write(name, folder string) (file string, err error) {
	t, err := template.ParseFS(configs, "machine/"+name)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, m); err != nil {
		return "", fmt.Errorf("write %s: %w", name, err)
	}
	file = filepath.Join(m.Dir, folder, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	return file, os.WriteFile(file, b.Bytes(), 0o600)
}
