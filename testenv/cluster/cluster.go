//go:build kubernetes

package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"example.org/odooharness/chaos/mesh"
)

// MeshNamespace is where Chaos Mesh is installed.
const MeshNamespace = "chaos-mesh"

// NodeName is the name of the node.
const NodeName = "node-1"

// Cluster is a Kubernetes that is up.
type Cluster struct {
	Config     *rest.Config  // of an administrator
	Client     client.Client // the same
	Kubeconfig string        // file with the same
	Address    string        // of the node and its pods
	Dir        string        // of logs and records

	bin      string
	env      *envtest.Environment
	parts    map[string]*part
	webhook  webhookFiles
	daemon   int // its port
	recorded string
	pause    string   // image of a container that does nothing
	machine  *Machine // runs containers; nil where pods are processes
	nodelab  string   // the program by which it was brought up, if it was
}

// Start brings up the control plane and the node. What is up already is taken down
// when something fails.
func Start(ctx context.Context) (c *Cluster, err error) {
	bin := os.Getenv("HARNESS_TESTENV")
	if bin == "" {
		return nil, errors.New("HARNESS_TESTENV names no folder with the programs of testenv; run make test-kubernetes")
	}
	if bin, err = filepath.Abs(bin); err != nil {
		return nil, err
	}
	c = &Cluster{bin: bin, parts: map[string]*part{}, pause: "proc.local/pause"}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Stop())
		}
	}()
	if c.Address, err = ownAddress(); err != nil {
		return c, err
	}
	if c.Dir, err = os.MkdirTemp("", "harness-cluster-*"); err != nil {
		return c, err
	}
	c.recorded = filepath.Join(c.Dir, "calls.jsonl")
	if err := c.controlPlane(); err != nil {
		return c, err
	}
	return c, c.node(ctx)
}

// controlPlane starts etcd and the API server, which envtest gives certificates and
// ports.
func (c *Cluster) controlPlane() error {
	log.SetLogger(logr.Discard()) // envtest's
	c.env = &envtest.Environment{
		BinaryAssetsDirectory:    c.bin,
		ControlPlaneStartTimeout: time.Minute, ControlPlaneStopTimeout: 20 * time.Second,
	}
	server := c.env.ControlPlane.GetAPIServer()
	if c.machine == nil {
		server.Configure().Append("service-cluster-ip-range", "10.96.0.0/16")
	} else if err := c.machine.serveNodes(server); err != nil {
		return err
	}
	config, err := c.env.Start()
	if err != nil {
		return fmt.Errorf("start the control plane: %w", err)
	}
	config.QPS, config.Burst = 400, 800
	c.Config = config
	if c.Client, err = mesh.Connect(config); err != nil {
		return err
	}
	c.Kubeconfig, err = c.user("kubeconfig", "admin", "system:masters")
	return err
}

// user makes a user, and a kubeconfig for it.
func (c *Cluster) user(file, name string, groups ...string) (kubeconfig string, err error) {
	user, err := c.env.AddUser(envtest.User{Name: name, Groups: groups}, nil)
	if err != nil {
		return "", fmt.Errorf("make user %s: %w", name, err)
	}
	raw, err := user.KubeConfig()
	if err != nil {
		return "", fmt.Errorf("make user %s: %w", name, err)
	}
	kubeconfig = filepath.Join(c.Dir, file)
	return kubeconfig, os.WriteFile(kubeconfig, raw, 0o600)
}

// node starts Kubernetes' controllers, its scheduler and the node.
func (c *Cluster) node(ctx context.Context) error {
	// No controller watches over nodes: ours sends no heartbeats.
	err := c.controllers(ctx, "--controllers", "deployment-controller,replicaset-controller,statefulset-controller,"+
		"job-controller,garbage-collector-controller,endpointslice-controller,namespace-controller,serviceaccount-controller")
	if err != nil {
		return err
	}
	if err := c.StartNode(ctx); err != nil {
		return err
	}
	return c.untilNode(ctx)
}

// controllers starts Kubernetes' controllers and its scheduler.
func (c *Cluster) controllers(ctx context.Context, watch ...string) error {
	quiet := []string{"--kubeconfig", c.Kubeconfig, "--leader-elect=false", "--bind-address", "127.0.0.1", "--secure-port"}
	for name, more := range map[string][]string{
		"kube-controller-manager": append([]string{
			"--cert-dir", filepath.Join(c.Dir, "kcm"),
			"--concurrent-gc-syncs=4", "--kube-api-qps=200", "--kube-api-burst=400",
		}, watch...),
		"kube-scheduler": {"--cert-dir", filepath.Join(c.Dir, "scheduler")},
	} {
		port, err := FreePort("127.0.0.1")
		if err != nil {
			return err
		}
		args := append(append([]string{name}, quiet...), strconv.Itoa(port))
		if err := c.start(ctx, name, "kubelab", append(args, more...), nil); err != nil {
			return err
		}
	}
	return nil
}

// untilNode waits for the node, and for what pods take besides it.
func (c *Cluster) untilNode(ctx context.Context) error {
	return c.until(ctx, "the node is ready and namespace default has its ServiceAccount", func(ctx context.Context) error {
		var node corev1.Node
		if err := c.Client.Get(ctx, client.ObjectKey{Name: NodeName}, &node); err != nil {
			return err
		}
		if !slices.ContainsFunc(node.Status.Conditions, func(n corev1.NodeCondition) bool {
			return n.Type == corev1.NodeReady && n.Status == corev1.ConditionTrue
		}) {
			return fmt.Errorf("the node is not: %v", node.Status.Conditions)
		}
		return c.Client.Get(ctx, client.ObjectKey{Namespace: "default", Name: "default"}, &corev1.ServiceAccount{})
	})
}

// StartNode starts the node's process.
func (c *Cluster) StartNode(ctx context.Context) error {
	logs := filepath.Join(c.Dir, "pods")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return err
	}
	return c.start(ctx, "procnode", "procnode", []string{
		"-kubeconfig", c.Kubeconfig, "-name", NodeName, "-address", c.Address, "-logs", logs,
	}, nil)
}

// InstallKinds creates Chaos Mesh's kinds and its namespace.
func (c *Cluster) InstallKinds(ctx context.Context) error {
	raw, err := os.ReadFile(filepath.Join(c.bin, "crds.json"))
	if err != nil {
		return err
	}
	var list struct {
		Items []*apiextensionsv1.CustomResourceDefinition `json:"items"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return fmt.Errorf("read kinds: %w", err)
	}
	_, err = envtest.InstallCRDs(c.Config, envtest.CRDInstallOptions{CRDs: list.Items, MaxTime: time.Minute})
	if err != nil {
		return fmt.Errorf("install kinds: %w", err)
	}
	return c.Namespace(ctx, MeshNamespace)
}

// InstallKind creates one kind and waits until it is served.
func (c *Cluster) InstallKind(crd *apiextensionsv1.CustomResourceDefinition) error {
	_, err := envtest.InstallCRDs(c.Config, envtest.CRDInstallOptions{CRDs: []*apiextensionsv1.CustomResourceDefinition{crd}})
	if err != nil {
		return fmt.Errorf("install kind %s: %w", crd.Name, err)
	}
	return nil
}

// InstallChaosMesh installs all of it, and waits until it answers.
func (c *Cluster) InstallChaosMesh(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		c.InstallKinds, c.InstallWebhooks, c.StartController, c.StartDaemon,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Namespace creates a namespace.
func (c *Cluster) Namespace(ctx context.Context, name string) error {
	err := c.Client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	if err != nil {
		return fmt.Errorf("create namespace %s: %w", name, err)
	}
	return nil
}

// Stop ends everything that was started and removes the folder.
func (c *Cluster) Stop() error {
	if c.nodelab != "" {
		return c.stopLab()
	}
	var problems []error
	for _, name := range []string{"procnode", "chaos-controller", "recording-daemon", "kube-scheduler", "kube-controller-manager"} {
		problems = append(problems, c.Kill(name))
	}
	if c.env != nil && c.Config != nil {
		problems = append(problems, c.env.Stop())
	}
	if keep := os.Getenv("HARNESS_TESTENV_LOGS"); keep != "" && c.Dir != "" {
		problems = append(problems, os.CopyFS(filepath.Join(keep, filepath.Base(c.Dir)), os.DirFS(c.Dir)))
	}
	if c.Dir != "" {
		problems = append(problems, os.RemoveAll(c.Dir))
	}
	return errors.Join(problems...)
}

// until waits for a condition, for at most a minute.
func (c *Cluster) until(ctx context.Context, what string, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %s: %w (logs are in %s)", what, err, c.Dir)
		case <-ticker.C:
		}
	}
}

// ownAddress is an address of this machine that may be an endpoint.
func ownAddress() (string, error) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return "", err
	}
	for _, a := range addresses {
		network, ok := a.(*net.IPNet)
		if ok && network.IP.To4() != nil && network.IP.IsGlobalUnicast() {
			return network.IP.String(), nil
		}
	}
	return "", errors.New("this machine has no IPv4 address but loopback, which Kubernetes refuses as an endpoint; " +
		"add one, e.g. ip address add 10.98.0.1/32 dev lo")
}

// FreePort is one that a part can listen on, also when it is started again. It is none
// of those that Linux by default gives to outgoing connections (from 32768 on), of which
// the parts open hundreds: one of them would take it in the meantime. NodePorts (from
// 30000 on) are the API server's to give.
func FreePort(host string) (int, error) {
	const first, last, tries = 20_000, 29_999, 100
	var problem error
	for range tries {
		port := first + rand.IntN(last-first+1) // no secret
		l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			return port, l.Close()
		}
		problem = err
	}
	return 0, fmt.Errorf("find a free port: %w", problem)
}
